// SPDX-License-Identifier: Apache-2.0
#include "ingest/kafka_stats.h"

#include <algorithm>

namespace countersign {

KafkaStats::Partition& KafkaStats::add(std::int32_t id, Timestamp now) {
  const std::lock_guard lock(mutex_);
  Partition& partition = partitions_.emplace_back();
  partition.id = id;
  partition.started = now;
  return partition;
}

std::vector<KafkaStats::Lag> KafkaStats::lag(Timestamp now) const {
  const std::lock_guard lock(mutex_);
  std::vector<Lag> all;
  for (const Partition& partition : partitions_) {
    Lag lag;
    lag.partition = partition.id;
    lag.records = partition.lag_records.load(std::memory_order_relaxed);
    const std::int64_t micros = partition.last_record_micros.load(std::memory_order_relaxed);
    lag.last_record = from_micros(micros);
    const Timestamp since = micros == 0 ? partition.started : lag.last_record;
    if (lag.records > 0) lag.seconds = std::max(0.0, std::chrono::duration<double>(now - since).count());
    all.push_back(lag);
  }
  return all;
}

}  // namespace countersign
