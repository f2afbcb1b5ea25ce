// SPDX-License-Identifier: Apache-2.0
#include "rules/cost_rows.h"

#include <algorithm>

#include "rules/lint.h"

namespace countersign {

std::chrono::nanoseconds total_time(const RuleCosts& costs) {
  std::chrono::nanoseconds time{};
  for (const RuleCost& cost : costs.rules) time += cost.time;
  return time;
}

std::vector<RuleCostRow> cost_rows(const Plan& plan, const RuleCosts& costs, std::size_t top) {
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < costs.rules.size(); ++i)
    if (costs.rules[i].candidates != 0) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&costs](std::uint32_t a, std::uint32_t b) {
    return costs.rules[a].time > costs.rules[b].time;
  });
  if (top != 0 && order.size() > top) order.resize(top);

  const std::vector<std::uint64_t> events = events_of_rules(plan, costs);
  const auto all = static_cast<double>(std::max<std::int64_t>(total_time(costs).count(), 1));
  std::vector<RuleCostRow> out;
  for (const std::uint32_t rule : order) {
    const RuleCost& cost = costs.rules[rule];
    out.push_back({rule, cost, events[rule], static_cast<double>(cost.time.count()) / all,
                   !plan.witness_table().of_rules()[rule],
                   witness_text(plan.witness_table(), plan.fields(), rule)});
  }
  return out;
}

}  // namespace countersign
