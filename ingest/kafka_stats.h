// SPDX-License-Identifier: Apache-2.0
// How far a Kafka source is behind, per partition. The source writes, any thread reads (metrics).
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "core/time.h"

namespace countersign {

class KafkaStats {
 public:
  struct Lag {
    std::int32_t partition = 0;
    std::uint64_t records = 0;  // offsets between the last batch and the end of the partition
    double seconds = 0;         // now minus the time of the last record that was given; 0 without lag
    Timestamp last_record{};    // that time; 1970 before the first
  };
  std::vector<Lag> lag(Timestamp now) const;

  // --- the source's side
  struct Partition {
    std::int32_t id = 0;
    Timestamp started{};  // counts as the last record's time before there is one
    std::atomic<std::uint64_t> lag_records{0};
    std::atomic<std::int64_t> last_record_micros{0};
  };
  /// A new partition; the reference stays valid.
  Partition& add(std::int32_t id, Timestamp now);

 private:
  mutable std::mutex mutex_;          // guards the list, not its members
  std::deque<Partition> partitions_;  // members never move
};

}  // namespace countersign
