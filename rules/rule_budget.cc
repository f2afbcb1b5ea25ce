// SPDX-License-Identifier: Apache-2.0
#include "rules/rule_budget.h"

#include <algorithm>

namespace countersign {

BudgetWindow::BudgetWindow(const RuleBudget& budget, std::size_t rules, Instant start)
    : budget_(budget), windows_(rules, Window{start, 0, {}, {}}) {}

std::vector<RuleBreach> BudgetWindow::add(const RuleCosts& costs, Instant now) {
  std::vector<RuleBreach> breaches;
  for (const std::uint32_t rule : costs.seen) {
    const RuleCost& cost = costs.rules[rule];
    if (cost.timed == 0) continue;
    Window& window = windows_[rule];
    window.timed += cost.timed;
    window.time += cost.time;
    window.longest = std::max(window.longest, cost.longest);
    const std::chrono::nanoseconds passed = now - window.start;
    if (passed < budget_.window || window.timed <= kBudgetSamplesMin) continue;
    const std::chrono::nanoseconds took = (window.time - window.longest) * budget_.interval;
    const double share = static_cast<double>(took.count()) / static_cast<double>(passed.count());
    if (budget_.share > 0 && share > budget_.share) {
      breaches.push_back({rule, share, window.timed, std::chrono::floor<std::chrono::seconds>(passed)});
    }
    window = {now, 0, {}, {}};
  }
  return breaches;
}

}  // namespace countersign
