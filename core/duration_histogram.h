// SPDX-License-Identifier: Apache-2.0
// Durations counted by upper bounds, as Prometheus shows them. A plain value: who shares one guards it.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

namespace countersign {

/// Upper bounds of how long a stage works on what it takes at once.
inline constexpr std::array kStageSeconds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                          0.05,   0.1,     0.25,   0.5,   1.0,    2.5,   5.0,  10.0};

class DurationHistogram {
 public:
  /// `bounds_seconds` are ascending and outlive the histogram; one more bucket counts what is beyond.
  explicit DurationHistogram(std::span<const double> bounds_seconds)
      : bounds_(bounds_seconds), buckets_(bounds_seconds.size() + 1) {}

  /// A negative duration (a clock that is ahead of ours) counts as 0.
  void add(std::chrono::nanoseconds duration);
  /// REQUIRES: the same bounds.
  void add(const DurationHistogram& other);

  std::span<const double> bounds_seconds() const { return bounds_; }
  std::span<const std::uint64_t> buckets() const { return buckets_; }  // not cumulative
  std::uint64_t count() const;
  double sum_seconds() const { return sum_seconds_; }

 private:
  std::span<const double> bounds_;
  std::vector<std::uint64_t> buckets_;
  double sum_seconds_ = 0;
};

}  // namespace countersign
