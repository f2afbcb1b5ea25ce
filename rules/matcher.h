// SPDX-License-Identifier: Apache-2.0
// Event → the rules that match it, by a compiled plan. One Matcher per thread; the plan is shared. An event
// is only read during match(). REQUIRES: every EventClass that events name outlives the Matcher and never
// changes, because tables are kept by its address.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/event.h"
#include "rules/plan/plan.h"
#include "rules/rule_cost.h"

namespace countersign {

class Matcher {
 public:
  explicit Matcher(std::shared_ptr<const Plan> plan);
  ~Matcher();
  Matcher(Matcher&&) noexcept;
  Matcher& operator=(Matcher&&) noexcept;

  /// Clears `matches`, then fills it with ascending indices into rules(). A warm matcher allocates nothing.
  void match(const Event& event, std::vector<std::uint32_t>& matches);
  const std::shared_ptr<const RuleSet>& rules() const;

  /// From now on counts what rules cost, and times them on every `interval`-th event. Events of classes that
  /// the plan was not built for are left out.
  void measure(std::uint32_t interval);
  /// What was counted since measure() or clear_costs(). REQUIRES: measure() was called.
  const RuleCosts& costs() const;
  void clear_costs();
  /// The rule is not evaluated any more. REQUIRES: measure() was called.
  void quarantine(std::uint32_t rule);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace countersign
