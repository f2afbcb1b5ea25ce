// SPDX-License-Identifier: Apache-2.0
#include "ingest/metrics.h"

namespace countersign {

void BatchTimes::worked(std::chrono::nanoseconds decode, std::chrono::nanoseconds detect) {
  const std::lock_guard lock(mutex_);
  values_.decode.add(decode);
  values_.detect.add(detect);
}

void BatchTimes::durable(std::int32_t partition, std::span<const Timestamp> events, Timestamp now) {
  const std::lock_guard lock(mutex_);
  for (const Timestamp event : events) values_.delay.add(now - event);
  values_.durable[partition] = now;
}

BatchTimes::Values BatchTimes::read() const {
  const std::lock_guard lock(mutex_);
  return values_;
}

}  // namespace countersign
