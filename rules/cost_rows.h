// SPDX-License-Identifier: Apache-2.0
// What rules cost, for people: the dearest first. Pure; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "rules/plan/plan.h"
#include "rules/rule_cost.h"

namespace countersign {

struct RuleCostRow {
  std::uint32_t rule = 0;  // index into RuleSet::rules()
  RuleCost cost;
  std::uint64_t events = 0;  // of its log source
  double time_share = 0;     // of the time that all rules took, 0 to 1
  bool always_run = false;   // it has no witness
  std::string witness;       // as witness_text()
};

/// The rules that were ever a candidate, by time, then in the order of the rule set; at most `top`, 0 is all.
std::vector<RuleCostRow> cost_rows(const Plan& plan, const RuleCosts& costs, std::size_t top);

/// Of all rules.
std::chrono::nanoseconds total_time(const RuleCosts& costs);

}  // namespace countersign
