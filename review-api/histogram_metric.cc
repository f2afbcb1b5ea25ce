// SPDX-License-Identifier: Apache-2.0
#include "review-api/histogram_metric.h"

#include <prometheus/client_metric.h>

#include <limits>

namespace countersign {

prometheus::ClientMetric histogram_metric(const DurationHistogram& durations) {
  prometheus::ClientMetric metric;
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < durations.buckets().size(); ++i) {
    cumulative += durations.buckets()[i];
    const bool bounded = i < durations.bounds_seconds().size();
    metric.histogram.bucket.push_back(
        {cumulative, bounded ? durations.bounds_seconds()[i] : std::numeric_limits<double>::infinity()});
  }
  metric.histogram.sample_count = cumulative;
  metric.histogram.sample_sum = durations.sum_seconds();
  return metric;
}

}  // namespace countersign
