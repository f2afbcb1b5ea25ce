// SPDX-License-Identifier: Apache-2.0
#include "rules/rule_cost.h"

#include "core/invariant.h"

namespace countersign {

void RuleCosts::add(const RuleCosts& other) {
  if (rules.empty()) rules.resize(other.rules.size());
  if (group_events.empty()) group_events.resize(other.group_events.size());
  invariant(rules.size() == other.rules.size() && group_events.size() == other.group_events.size());
  for (const std::uint32_t rule : other.seen) {
    if (rules[rule].candidates == 0) seen.push_back(rule);
    rules[rule].add(other.rules[rule]);
  }
  for (std::size_t i = 0; i < group_events.size(); ++i) group_events[i] += other.group_events[i];
}

}  // namespace countersign
