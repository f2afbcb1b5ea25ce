// SPDX-License-Identifier: Apache-2.0
// The rules in force and their matches under their Prometheus names (operations: rows 13 to 15). Any thread.
#pragma once

#include <memory>

namespace prometheus {
class Collectable;
}

namespace countersign {

class RuleKeeper;

/// `rules_max` rules have a series of their own, the first that matched since the start; the matches of all
/// others are under rule_id="other". Matches are counted since the rules in force were loaded. The keeper
/// must outlive the collectable.
std::shared_ptr<prometheus::Collectable> make_rule_collectable(const RuleKeeper& keeper,
                                                               std::size_t rules_max);

}  // namespace countersign
