// SPDX-License-Identifier: Apache-2.0
#include "rules/rule_watch.h"

#include <algorithm>

namespace countersign {

RuleCosts RuleWatch::costs() const {
  const std::lock_guard lock(mutex_);
  return costs_;
}

std::vector<std::uint32_t> RuleWatch::quarantined() const {
  const std::lock_guard lock(mutex_);
  return quarantined_;
}

void RuleWatch::add(const RuleCosts& costs) {
  const std::lock_guard lock(mutex_);
  costs_.add(costs);
}

void RuleWatch::quarantine(const RuleBreach& breach) {
  const std::lock_guard announcing(announcing_);
  const std::vector<std::uint32_t> known = quarantined();
  if (std::find(known.begin(), known.end(), breach.rule) != known.end()) return;
  // First known, then quarantined: never silently.
  if (!announce_(breach)) return;
  const std::lock_guard lock(mutex_);
  quarantined_.push_back(breach.rule);
  quarantined_count_ = quarantined_.size();
}

RuleWatch::Worker::Worker(std::shared_ptr<RuleWatch> watch, Matcher& matcher, BudgetWindow::Instant now)
    : watch_(std::move(watch)),
      matcher_(matcher),
      window_(watch_->budget(), matcher.rules()->rules().size(), now) {
  matcher_.measure(watch_->budget().interval);
  take_quarantined();
}

void RuleWatch::Worker::batch_done(BudgetWindow::Instant now) {
  const RuleCosts& costs = matcher_.costs();
  watch_->add(costs);
  for (const RuleBreach& breach : window_.add(costs, now)) watch_->quarantine(breach);
  matcher_.clear_costs();
  take_quarantined();
}

void RuleWatch::Worker::take_quarantined() {
  if (watch_->quarantined_count_ == known_) return;
  const std::vector<std::uint32_t> rules = watch_->quarantined();
  for (; known_ < rules.size(); ++known_) matcher_.quarantine(rules[known_]);
}

}  // namespace countersign
