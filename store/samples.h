// SPDX-License-Identifier: Apache-2.0
// The bounded sample of an alert: the smallest and the largest events by (time, hash). Equal events stand as
// often as they came, as in detection's signals. Pure; any thread.
#pragma once

#include <span>
#include <vector>

#include "core/report.h"
#include "store/records.h"

namespace countersign {

SampleHead head_of(const SampleEvent& event);

/// The sample of everything that gave `heads` or `events`; the order of merging does not matter.
SampleHeads merge_samples(const SampleHeads& heads, std::span<const SampleEvent> smallest,
                          std::span<const SampleEvent> largest);

/// True when one of the two ends holds such an event.
bool holds(const SampleHeads& heads, const Hash256& hash);

}  // namespace countersign
