// SPDX-License-Identifier: Apache-2.0
// A period of a topic, by offsets or by the times of records; the same for each of its partitions. Plain
// values.
#pragma once

#include <optional>
#include <variant>

#include "core/ids.h"
#include "core/time.h"

namespace countersign {

/// An offset, or the first record that is as late as this.
using KafkaPoint = std::variant<Offset, Timestamp>;

struct KafkaRange {
  std::optional<KafkaPoint> from;  // included; none: the beginning
  std::optional<KafkaPoint>
      to;  // excluded; none, or beyond it: what the partition holds when it is looked for
  bool operator==(const KafkaRange&) const = default;
};

}  // namespace countersign
