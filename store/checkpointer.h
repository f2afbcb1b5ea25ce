// SPDX-License-Identifier: Apache-2.0
// Makes the log public: durable entries → tree → full tiles synced → last_signed advanced → signed
// checkpoint. Its own thread, so that the writer never waits for tiles. Anything that fails there ends the
// process: going on could sign two heads that cannot be made consistent.
//
// Threads: push by the writer; everything else by any thread. Ownership: owns tree and thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/clock.h"
#include "store/db.h"
#include "store/evidence/last_signed.h"
#include "store/evidence/signing_key.h"
#include "store/evidence/tree_log.h"

namespace countersign {

class Checkpointer {
 public:
  struct Options {
    std::filesystem::path folder;  // data folder; tiles are in `tile`
    std::string origin;
    std::filesystem::path last_signed_file;
    std::chrono::milliseconds interval{500};
  };

  /// Checks that the log of `size` durable entries extends the last signed head. `fresh`: the log was never
  /// opened; then last_signed is made. Corrupt: it is missing, beyond the log, or has another root.
  /// InvalidArgument: it belongs to another origin.
  static Result<std::unique_ptr<Checkpointer>> open(Options options, SigningKey key, Db& db,
                                                    const Clock& clock, std::uint64_t size, bool fresh);
  ~Checkpointer();

  /// Entries that are durable, in order. Waits while too many are pending.
  void push(std::vector<std::string> entries);
  /// Covers what was pushed with a last checkpoint and ends the thread. Idempotent.
  void stop();

  /// Newest signed note; empty before the first.
  std::string newest() const;
  std::uint64_t covered() const;
  /// False: `deadline` passed before a checkpoint covered `entry`.
  bool wait_until_covered(EntrySeq entry, std::chrono::milliseconds deadline) const;
  const TreeLog& tree() const { return *tree_; }

 private:
  Checkpointer(Options options, SigningKey key, Db& db, const Clock& clock);
  Result<void> check_last_signed(std::uint64_t size, bool fresh);
  void run();
  void publish(std::vector<std::string> entries);
  void keep(const std::string& note, std::uint64_t size);

  Options options_;
  SigningKey key_;
  Db& db_;
  const Clock& clock_;
  LastSignedFile last_signed_file_;
  LastSigned last_signed_;  // of the thread
  std::unique_ptr<TreeLog> tree_;
  std::string kept_key_;  // of the newest stored checkpoint, while a later one of its minute may replace it
  Timestamp kept_minute_{};

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<std::string> pending_;
  std::string newest_;
  std::uint64_t covered_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace countersign
