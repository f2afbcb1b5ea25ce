// SPDX-License-Identifier: Apache-2.0
// What the rules in force cost all workers together, and which of them are quarantined: not evaluated any
// more, because they took more of a worker's time than the budget allows. One RuleWatch for one rule set in
// force, so that a new rule set, as a restart, lifts every quarantine. Any thread; one Worker per Matcher, on
// its thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "core/result.h"
#include "rules/matcher.h"
#include "rules/rule_budget.h"

namespace countersign {

class RuleWatch {
 public:
  /// Makes a breach known. Called on a worker's thread, one call at a time. After an error the rule is not
  /// quarantined: it is judged anew after the next window.
  using Announce = std::function<Result<void>(const RuleBreach& breach)>;

  RuleWatch(RuleBudget budget, Announce announce) : budget_(budget), announce_(std::move(announce)) {}

  const RuleBudget& budget() const { return budget_; }
  RuleCosts costs() const;
  /// In the order in which it happened.
  std::vector<std::uint32_t> quarantined() const;

  class Worker {
   public:
    /// `matcher` outlives it; it is measured from now on.
    Worker(std::shared_ptr<RuleWatch> watch, Matcher& matcher, BudgetWindow::Instant now);
    /// Adds what the matcher counted, and leaves out from now on what is quarantined.
    void batch_done(BudgetWindow::Instant now);

   private:
    void take_quarantined();

    std::shared_ptr<RuleWatch> watch_;
    Matcher& matcher_;
    BudgetWindow window_;
    std::size_t known_ = 0;  // quarantined rules that the matcher leaves out
  };

 private:
  void add(const RuleCosts& costs);
  void quarantine(const RuleBreach& breach);

  RuleBudget budget_;
  Announce announce_;
  std::mutex announcing_;  // held while a breach is made known
  std::atomic<std::size_t> quarantined_count_{0};
  mutable std::mutex mutex_;  // guards what follows
  RuleCosts costs_;
  std::vector<std::uint32_t> quarantined_;
};

}  // namespace countersign
