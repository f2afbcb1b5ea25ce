// SPDX-License-Identifier: Apache-2.0
// The parts of a Store, in the order in which they start; they stop in reverse. Any thread but for open and
// stop.
#pragma once

#include <future>
#include <memory>

#include "store/checkpointer.h"
#include "store/gauges.h"
#include "store/metrics.h"
#include "store/reader.h"
#include "store/store.h"
#include "store/writer.h"

namespace countersign {

class Store::Impl {
 public:
  Impl(const StoreOptions& options, std::unique_ptr<Db> opened, std::unique_ptr<Checkpointer> started,
       const Clock& clock, RandomSource& random);
  ~Impl();

  void stop();
  /// Hands a command to the writer and waits.
  Result<Decided> run(Command command);
  std::future<Result<ActionReceipt>> act(Command command);
  Result<EntryProof> proof(EntrySeq entry) const;
  Result<void> check_room_for_ingest() const;
  Result<void> check_room_for_actions() const;
  std::uint64_t free_bytes() const;
  Health health() const;

  const StoreOptions options;
  std::unique_ptr<Db> db;
  Reader reader;
  Gauges gauges;
  StoreMetrics metrics;
  std::unique_ptr<Checkpointer> checkpointer;
  Writer writer;
  std::atomic<bool> stopped = false;
};

}  // namespace countersign
