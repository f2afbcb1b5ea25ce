// SPDX-License-Identifier: Apache-2.0
// The books in the log: the equations of one ingest.range entry, its place after the former range of its
// partition, and the losses that it must account for (semantics.md §6, contract.md §4 "Ledger"). Pure; one
// thread. The entries have passed check_field. Errors: Malformed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "core/result.h"
#include "store/evidence/strict_json.h"

namespace countersign {

class RangeRules {
 public:
  Result<void> loss(const JsonValue& entry);
  Result<void> range(const JsonValue& entry);

  /// The lists of reports and gaps against the range that commits to them.
  static Result<void> payload(const JsonValue& entry, const JsonValue& payload);

 private:
  struct Loss {
    std::uint64_t incarnation = 0;
    std::uint64_t start = 0;
    std::uint64_t end = 0;
    std::string cause;
  };
  struct Partition {
    bool read = false;
    std::uint64_t incarnation = 0;
    std::uint64_t end = 0;
    std::vector<Loss> losses;  // that no range has accounted for yet
  };
  using Key = std::tuple<std::string, std::string, std::uint64_t>;  // source, topic, partition
  static Key key_of(const JsonValue& entry);
  static Result<void> losses(const JsonValue& entry, Partition& partition);

  std::map<Key, Partition> partitions_;
};

}  // namespace countersign
