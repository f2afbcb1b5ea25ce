// SPDX-License-Identifier: Apache-2.0
// Which rules take more of a worker's time than one rule may. Pure; one thread, the worker's.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "rules/rule_cost.h"

namespace countersign {

struct RuleBudget {
  double share = 0.2;                // of one worker's time that a rule may take; 0: any
  std::chrono::seconds window{300};  // over which it is taken
  std::uint32_t interval = kCostInterval;
};

/// A rule is judged by so many timed evaluations besides the longest one, which may have been bad luck.
inline constexpr std::uint64_t kBudgetSamplesMin = 16;

struct RuleBreach {
  std::uint32_t rule = 0;
  double share = 0;  // of the worker's time
  std::uint64_t samples = 0;
  std::chrono::seconds window{};  // what it is a share of
};

/// The budget of one worker. A rule's window goes on beyond its length until the rule has been timed often
/// enough.
class BudgetWindow {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  BudgetWindow(const RuleBudget& budget, std::size_t rules, Instant start);
  /// `costs`: what was counted since the last call. Gives the rules whose window ended beyond the budget.
  std::vector<RuleBreach> add(const RuleCosts& costs, Instant now);

 private:
  struct Window {
    Instant start;
    std::uint64_t timed = 0;
    std::chrono::nanoseconds time{};
    std::chrono::nanoseconds longest{};
  };

  RuleBudget budget_;
  std::vector<Window> windows_;  // by index of the rule
};

}  // namespace countersign
