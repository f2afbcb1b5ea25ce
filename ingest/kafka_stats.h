// SPDX-License-Identifier: Apache-2.0
// How far what is durable lies behind a Kafka topic, per partition. The source writes the ends, the pipeline
// what is stored; any thread reads (metrics).
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "core/time.h"

namespace countersign {

class KafkaStats {
 public:
  struct Lag {
    std::int32_t partition = 0;
    std::uint64_t records = 0;  // offsets between what is stored and the end of the partition
    double seconds = 0;         // now minus the time of the last record that was stored; 0 without lag
  };
  std::vector<Lag> lag(Timestamp now) const;

  /// How many partitions the source knows.
  std::size_t partitions() const;

  /// A partition that the source knows now; `since` counts as the last record's time before there is one.
  void add(std::int32_t id, Timestamp since);
  /// Where the partition ends, and where reading goes on there.
  void placed(std::int32_t id, std::uint64_t end, std::uint64_t next);
  void ends(std::int32_t id, std::uint64_t end);
  void stored(std::int32_t id, std::uint64_t next, std::optional<Timestamp> appended);

 private:
  struct Partition {
    std::uint64_t end = 0;
    std::uint64_t stored = std::numeric_limits<std::uint64_t>::max();  // nothing is known yet: no lag
    Timestamp last_record{};
  };
  mutable std::mutex mutex_;
  std::map<std::int32_t, Partition> partitions_;
};

}  // namespace countersign
