// SPDX-License-Identifier: Apache-2.0
// What ingestion counts. Any thread may add and read; `app` registers it with prometheus-cpp. Counters only
// grow.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/time.h"

namespace countersign {

/// Every reason of a dead letter (docs/packs.md).
inline constexpr std::array<std::string_view, 13> kDeadLetterReasons = {
    "bad_json", "bad_time", "bad_utf8",  "empty",         "framed",          "no_pack",   "not_an_event",
    "null",     "too_deep", "too_large", "too_long_name", "too_many_fields", "truncated",
};

/// Upper bounds in seconds of the delay histogram; one more bucket counts what is beyond.
inline constexpr std::array<std::int64_t, 14> kDelaySeconds{
    1, 2, 5, 10, 30, 60, 300, 900, 3'600, 14'400, 86'400, 604'800, 2'592'000, 31'536'000};

/// Delays of events from their own time to the durable report, by bucket, not cumulative.
struct DelayHistogram {
  std::array<std::atomic<std::uint64_t>, kDelaySeconds.size() + 1> buckets{};
  std::atomic<std::uint64_t> sum_seconds{0};

  /// Negative delays (a clock ahead of ours) count as 0.
  void add(std::span<const Timestamp> events, Timestamp stored) {
    std::array<std::uint64_t, kDelaySeconds.size() + 1> counts{};
    std::uint64_t sum = 0;
    for (const Timestamp event : events) {
      const std::int64_t seconds =
          std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::seconds>(stored - event).count());
      const auto bucket = std::lower_bound(kDelaySeconds.begin(), kDelaySeconds.end(), seconds);
      ++counts[static_cast<std::size_t>(bucket - kDelaySeconds.begin())];
      sum += static_cast<std::uint64_t>(seconds);
    }
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (counts[i] != 0) buckets[i].fetch_add(counts[i], std::memory_order_relaxed);
    }
    sum_seconds.fetch_add(sum, std::memory_order_relaxed);
  }
};

struct IngestMetrics {
  std::atomic<std::uint64_t> records{0};  // messages delivered
  std::atomic<std::uint64_t> bytes{0};
  std::atomic<std::uint64_t> events{0};  // decoded
  std::atomic<std::uint64_t> matches{0};
  std::atomic<std::uint64_t> over_limit{0};            // matches beyond kMatchesPerEventMax
  std::atomic<std::uint64_t> skewed{0};                // events whose time was too far in the future
  std::atomic<std::int64_t> last_processed_micros{0};  // ingestion time of the last batch, since 1970
  DelayHistogram delay;
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
