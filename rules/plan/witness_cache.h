// SPDX-License-Identifier: Apache-2.0
// What the witnesses of a field were found to be in the values that came by lately: in a stream of events
// most values come again and again, and searching one costs many times a look into a table. A fixed amount of
// memory; the newest entry wins. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "rules/plan/witness.h"

namespace countersign {

class WitnessCache {
 public:
  WitnessCache();

  struct Key {
    std::string_view value;
    const void* index = nullptr;  // whose witnesses: told apart by its address
    std::uint64_t hash = 0;
  };
  static Key key(const void* index, std::string_view value);

  /// What was stored under the key; valid until the next store().
  std::optional<std::span<const WitnessId>> find(const Key& key) const;
  /// An entry that takes much room is not kept.
  void store(const Key& key, std::span<const WitnessId> witnesses);

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::uint64_t place = 0;  // of its first byte, counted from the first that was ever written
    const void* index = nullptr;
    std::uint32_t value_bytes = 0;
    std::uint32_t witnesses = 0;
  };

  std::vector<Slot> slots_;
  std::vector<WitnessId> ring_;  // entries one after the other: witnesses, then the bytes of the value
  std::uint64_t written_ = 0;    // bytes, ever
};

}  // namespace countersign
