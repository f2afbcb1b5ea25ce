// SPDX-License-Identifier: Apache-2.0
#include "app/rule_metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <map>
#include <mutex>
#include <set>

#include "app/metric_families.h"
#include "rules/rule_watch.h"

namespace countersign {
namespace {

class RuleCollectable final : public prometheus::Collectable {
 public:
  RuleCollectable(std::shared_ptr<const RuleSet> rules, std::shared_ptr<const RuleWatch> watch,
                  std::size_t rules_max)
      : rules_(std::move(rules)), watch_(std::move(watch)), rules_max_(rules_max) {}

  std::vector<prometheus::MetricFamily> Collect() const override {
    const std::lock_guard lock(mutex_);
    const RuleCosts costs = watch_->costs();
    MetricFamilies out;
    out.begin_counter("countersign_rule_matches_total", "Matches of a rule.");
    std::map<Level, std::uint64_t> others;
    for (std::uint32_t i = 0; i < costs.rules.size(); ++i) {
      const std::uint64_t matches = costs.rules[i].matches;
      if (matches == 0) continue;
      if (own_.size() < rules_max_) own_.insert(i);
      const RuleInfo& rule = rules_->rules()[i];
      if (own_.contains(i)) {
        add(out, rule.id.value, rule.level, matches);
      } else {
        others[rule.level] += matches;
      }
    }
    for (const auto& [level, matches] : others) add(out, "other", level, matches);
    return out.take();
  }

 private:
  static void add(MetricFamilies& out, const std::string& rule, Level level, std::uint64_t matches) {
    out.add({{"rule_id", rule}, {"alert_severity", std::string(to_string(level))}},
            static_cast<double>(matches));
  }

  std::shared_ptr<const RuleSet> rules_;
  std::shared_ptr<const RuleWatch> watch_;
  std::size_t rules_max_;
  mutable std::mutex mutex_;
  mutable std::set<std::uint32_t> own_;  // rules with a series of their own
};

}  // namespace

std::shared_ptr<prometheus::Collectable> make_rule_collectable(std::shared_ptr<const RuleSet> rules,
                                                               std::shared_ptr<const RuleWatch> watch,
                                                               std::size_t rules_max) {
  return std::make_shared<RuleCollectable>(std::move(rules), std::move(watch), rules_max);
}

}  // namespace countersign
