// SPDX-License-Identifier: Apache-2.0
// A DurationHistogram as Prometheus takes it: cumulative, without labels.
#pragma once

#include "core/duration_histogram.h"

namespace prometheus {
struct ClientMetric;
}

namespace countersign {

prometheus::ClientMetric histogram_metric(const DurationHistogram& durations);

}  // namespace countersign
