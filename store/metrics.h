// SPDX-License-Identifier: Apache-2.0
// What the store counts since it was opened (operations.md §3.4, numbers 16 to 28, and of number 11 the
// stages decide, journal and apply). Counted where batches become durable, so that a metric never runs ahead
// of the log. Any thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <tuple>

#include "core/duration_histogram.h"
#include "store/lifecycle.h"
#include "store/query.h"

namespace countersign {

struct AlertChange;
struct Batch;

/// Upper bounds of how long people take.
inline constexpr std::array<double, 12> kHumanSeconds{60,     300,    900,    1'800,   3'600,   7'200,
                                                      14'400, 28'800, 86'400, 172'800, 259'200, 604'800};

struct HumanTimes : DurationHistogram {
  HumanTimes() : DurationHistogram(kHumanSeconds) {}
};

/// What one synced write cost, and the commands that shared it.
struct CommitTimes {
  std::chrono::nanoseconds decide{};
  std::chrono::nanoseconds journal{};
  std::chrono::nanoseconds apply{};
};

enum class DeadlineOutcome : std::uint8_t { Met, Missed, Overturned };
std::string_view to_string(DeadlineOutcome outcome);

struct StoreCounters {
  std::uint64_t commands = 0;  // accepted, that is batches
  DurationHistogram decide{kStageSeconds};
  DurationHistogram journal{kStageSeconds};  // counts the synced writes
  DurationHistogram apply{kStageSeconds};
  std::map<std::tuple<Level, QueueName, SourceName>, std::uint64_t> created;
  std::map<GaugeKey, std::uint64_t> deduplicated;  // matches that attached
  std::map<std::tuple<Level, QueueName, Verdict>, std::uint64_t> closed;
  std::map<GaugeKey, std::uint64_t> reopened;
  std::map<QueueName, std::uint64_t> reassigned;  // from one owner to another
  std::map<std::tuple<Level, QueueName, DeadlineOutcome>, std::uint64_t> deadlines;
  std::map<GaugeKey, HumanTimes> time_to_assign;
  std::map<GaugeKey, HumanTimes> time_to_review;  // human decisions only
  std::map<GaugeKey, HumanTimes> time_to_close;
};

class StoreMetrics {
 public:
  void absorb(const Batch& batch);
  void add_commit(const CommitTimes& times);
  StoreCounters read() const;

 private:
  void absorb_alert(const AlertChange& change, const Batch& batch);

  mutable std::mutex mutex_;
  StoreCounters counters_;
};

}  // namespace countersign
