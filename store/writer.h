// SPDX-License-Identifier: Apache-2.0
// The one thread that changes the store. Takes what waits, decides each command in order, writes all their
// batches in one synced write, then answers: while the disk syncs, the queue fills, so that many share a
// sync. A failed write ends the process.
//
// Threads: submit from any; the answer is called on the writer's thread and must be quick. Ownership: owns
// its thread; what it is given must outlive it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "core/clock.h"
#include "core/limits.h"
#include "core/random.h"
#include "store/checkpointer.h"
#include "store/command.h"
#include "store/decide.h"
#include "store/gauges.h"
#include "store/metrics.h"

namespace countersign {

/// A group of commands that share a sync ends with the one that reaches this.
inline constexpr std::size_t kGroupBytesMax = 8 * kMiB;

/// Human actions go before reports, but never more than this ahead of them.
inline constexpr std::chrono::milliseconds kHeadStart{100};
/// Whether a person's command that arrived at `person` goes before a report that arrived at `ingest`.
constexpr bool goes_first(std::chrono::steady_clock::time_point person,
                          std::chrono::steady_clock::time_point ingest) {
  return person <= ingest + kHeadStart;
}

class Writer {
 public:
  struct Options {
    std::size_t queue_commands_max = 4'096;
    std::chrono::minutes heartbeat{1};
    std::chrono::hours journal_kept{24 * 7};
    bool prune_journal = true;
  };
  using Answer = std::function<void(Result<Decided>)>;

  Writer(Options options, Db& db, Checkpointer& checkpointer, Gauges& gauges, StoreMetrics& metrics,
         const Clock& clock, RandomSource& random);
  ~Writer();

  /// Reads what an earlier run left and executes `first` before anything else; then starts the thread.
  Result<void> start(Command first);
  /// Executes what waits, finishes the open ranges, writes service.stopped and ends the thread. Idempotent.
  void stop();

  /// False: the queue is full, or the writer stops; `answer` is not called. Ingest waits for room instead.
  bool submit(Command command, Answer answer);

  std::uint64_t queued() const;

 private:
  using Instant = std::chrono::steady_clock::time_point;
  struct Request {
    Command command;
    Answer answer;
    Instant arrived;
  };
  struct Executed {
    Answer answer;
    Result<Decided> result;
  };
  class Group;

  Stamp stamp();
  Result<void> load();
  void run();
  /// What goes next, people first within their head start.
  std::optional<Request> next();
  void add_timers(Group& group);
  void add_due(Group& group, Timestamp now);
  void commit(Group& group);
  void absorb(const Batch& batch);
  void prune();
  void finish();

  Options options_;
  Db& db_;
  Checkpointer& checkpointer_;
  Gauges& gauges_;
  StoreMetrics& metrics_;
  const Clock& clock_;
  RandomSource& random_;

  // of the thread
  Timestamp last_time_{};
  Timestamp last_heartbeat_{};
  Timestamp last_prune_{};
  Timestamp due_floor_{};                             // no due row lies before
  std::map<SourcePartition, Timestamp> open_ranges_;  // when each began
  std::uint64_t journal_first_ = 1;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable room_;
  std::deque<Request> people_;
  std::deque<Request> ingest_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace countersign
