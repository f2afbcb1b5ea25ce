// SPDX-License-Identifier: Apache-2.0
// Finds which of many numbers or networks a value is or lies in. Immutable once built; any thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/event.h"
#include "rules/network.h"
#include "rules/number.h"

namespace countersign {

class NumberIndex {
 public:
  NumberIndex() = default;
  explicit NumberIndex(const std::vector<std::pair<Number, std::uint32_t>>& numbers);
  bool empty() const { return integers_.empty() && others_.empty(); }

  /// Calls `hit(id)` for each number equal to the value, a number.
  template <class Hit>
  void find(const Value& value, Hit hit) const {
    if (value.type == ValueType::Integer) {
      auto at = std::lower_bound(integers_.begin(), integers_.end(), std::pair(value.integer, 0U));
      for (; at != integers_.end() && at->first == value.integer; ++at) hit(at->second);
    } else {
      find_exactly(value, all_integers_, hit);
    }
    find_exactly(value, others_, hit);
  }

 private:
  using Numbers = std::vector<std::pair<Number, std::uint32_t>>;

  template <class Hit>
  static void find_exactly(const Value& value, const Numbers& numbers, Hit hit) {
    if (numbers.empty()) return;
    const Number found = *number_of(value);
    for (const auto& [number, id] : numbers)
      if (compare(found, number) == 0) hit(id);
  }

  std::vector<std::pair<std::int64_t, std::uint32_t>> integers_;  // sorted
  Numbers all_integers_;                                          // the same, for values of another kind
  Numbers others_;
};

class NetworkIndex {
 public:
  NetworkIndex() = default;
  explicit NetworkIndex(const std::vector<std::pair<Network, std::uint32_t>>& networks);
  bool empty() const { return levels_.empty(); }

  /// Calls `hit(id)` for each network that holds the address.
  template <class Hit>
  void find(const Address& address, Hit hit) const {
    for (const Level& level : levels_) {
      if (level.v4 != address.v4) continue;
      const Bytes masked = mask(address.bytes, level.prefix);
      auto at = std::lower_bound(level.networks.begin(), level.networks.end(), std::pair(masked, 0U));
      for (; at != level.networks.end() && at->first == masked; ++at) hit(at->second);
    }
  }

 private:
  using Bytes = std::array<std::uint8_t, 16>;
  /// Networks of one length.
  struct Level {
    bool v4 = false;
    unsigned prefix = 0;
    std::vector<std::pair<Bytes, std::uint32_t>> networks;  // sorted
  };
  static Bytes mask(const Bytes& bytes, unsigned prefix);

  std::vector<Level> levels_;
};

}  // namespace countersign
