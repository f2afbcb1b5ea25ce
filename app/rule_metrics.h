// SPDX-License-Identifier: Apache-2.0
// Matches by rule under their Prometheus name (operations: row 15). Any thread.
#pragma once

#include <memory>

namespace prometheus {
class Collectable;
}

namespace countersign {

class RuleSet;
class RuleWatch;

/// `rules_max` rules have a series of their own, the first that matched since the start; the matches of all
/// others are under rule_id="other". Which rules those are changes only until there are as many: a counter
/// never goes back.
std::shared_ptr<prometheus::Collectable> make_rule_collectable(std::shared_ptr<const RuleSet> rules,
                                                               std::shared_ptr<const RuleWatch> watch,
                                                               std::size_t rules_max);

}  // namespace countersign
