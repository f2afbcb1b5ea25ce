// SPDX-License-Identifier: Apache-2.0
// What ingestion counts. Any thread may add and read; `app` registers it with prometheus-cpp. Counters only
// grow.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string_view>

#include "core/duration_histogram.h"
#include "core/time.h"

namespace countersign {

/// Every reason of a dead letter (docs/packs.md).
inline constexpr std::array<std::string_view, 13> kDeadLetterReasons = {
    "bad_json", "bad_time", "bad_utf8",  "empty",         "framed",          "no_pack",   "not_an_event",
    "null",     "too_deep", "too_large", "too_long_name", "too_many_fields", "truncated",
};

/// Upper bounds of the delay from an event's own time to the durable report.
inline constexpr std::array<double, 14> kDelaySeconds{
    1, 2, 5, 10, 30, 60, 300, 900, 3'600, 14'400, 86'400, 604'800, 2'592'000, 31'536'000};

/// When batches were worked on and how long that took; told once a batch.
class BatchTimes {
 public:
  struct Values {
    DurationHistogram delay{kDelaySeconds};  // of events
    DurationHistogram decode{kStageSeconds};
    DurationHistogram detect{kStageSeconds};
    std::map<std::int32_t, Timestamp> durable;  // partition → when its last report with a message was
  };

  void worked(std::chrono::nanoseconds decode, std::chrono::nanoseconds detect);
  void durable(std::int32_t partition, std::span<const Timestamp> events, Timestamp now);
  Values read() const;

 private:
  mutable std::mutex mutex_;
  Values values_;
};

struct IngestMetrics {
  std::atomic<std::uint64_t> records{0};  // messages delivered
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<std::uint64_t> events{0};  // decoded
  std::atomic<std::uint64_t> matches{0};
  std::atomic<std::uint64_t> over_limit{0};  // matches beyond kMatchesPerEventMax
  std::atomic<std::uint64_t> skewed{0};      // events whose time was too far in the future
  BatchTimes times;
  std::array<std::atomic<std::uint64_t>, kDeadLetterReasons.size()> rejected{};  // by kDeadLetterReasons

  void reject(std::string_view reason) {
    const auto found = std::find(kDeadLetterReasons.begin(), kDeadLetterReasons.end(), reason);
    const auto index = found == kDeadLetterReasons.end()
                           ? rejected.size() - 1
                           : static_cast<std::size_t>(found - kDeadLetterReasons.begin());
    rejected[index].fetch_add(1, std::memory_order_relaxed);
  }
};

}  // namespace countersign
