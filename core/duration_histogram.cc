// SPDX-License-Identifier: Apache-2.0
#include "core/duration_histogram.h"

#include <algorithm>
#include <numeric>

#include "core/invariant.h"

namespace countersign {

void DurationHistogram::add(std::chrono::nanoseconds duration) {
  const double seconds = std::max(0.0, std::chrono::duration<double>(duration).count());
  ++buckets_[static_cast<std::size_t>(std::ranges::lower_bound(bounds_, seconds) - bounds_.begin())];
  sum_seconds_ += seconds;
}

void DurationHistogram::add(const DurationHistogram& other) {
  invariant(std::ranges::equal(bounds_, other.bounds_));
  for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  sum_seconds_ += other.sum_seconds_;
}

std::uint64_t DurationHistogram::count() const {
  return std::accumulate(buckets_.begin(), buckets_.end(), std::uint64_t{0});
}

}  // namespace countersign
