// SPDX-License-Identifier: Apache-2.0
#include "ingest/kafka_stats.h"

#include <algorithm>

namespace countersign {

std::size_t KafkaStats::partitions() const {
  const std::lock_guard lock(mutex_);
  return partitions_.size();
}

void KafkaStats::add(std::int32_t id, Timestamp since) {
  const std::lock_guard lock(mutex_);
  partitions_[id].last_record = since;
}

void KafkaStats::placed(std::int32_t id, std::uint64_t end, std::uint64_t next) {
  const std::lock_guard lock(mutex_);
  Partition& partition = partitions_[id];
  partition.end = end;
  // Batches may still be on their way to the store; in a topic made anew reading begins before what was
  // stored.
  partition.stored = std::min(partition.stored, next);
}

void KafkaStats::ends(std::int32_t id, std::uint64_t end) {
  const std::lock_guard lock(mutex_);
  partitions_[id].end = end;
}

void KafkaStats::stored(std::int32_t id, std::uint64_t next, std::optional<Timestamp> appended) {
  const std::lock_guard lock(mutex_);
  Partition& partition = partitions_[id];
  partition.stored = next;
  if (appended) partition.last_record = *appended;
}

std::vector<KafkaStats::Lag> KafkaStats::lag(Timestamp now) const {
  const std::lock_guard lock(mutex_);
  std::vector<Lag> all;
  for (const auto& [id, partition] : partitions_) {
    Lag lag{id, partition.end > partition.stored ? partition.end - partition.stored : 0, 0};
    if (lag.records > 0)
      lag.seconds = std::max(0.0, std::chrono::duration<double>(now - partition.last_record).count());
    all.push_back(lag);
  }
  return all;
}

}  // namespace countersign
