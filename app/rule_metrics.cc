// SPDX-License-Identifier: Apache-2.0
#include "app/rule_metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <map>
#include <mutex>
#include <set>

#include "app/metric_families.h"
#include "app/rule_keeper.h"

namespace countersign {
namespace {

class RuleCollectable final : public prometheus::Collectable {
 public:
  RuleCollectable(const RuleKeeper& keeper, std::size_t rules_max) : keeper_(keeper), rules_max_(rules_max) {}

  std::vector<prometheus::MetricFamily> Collect() const override {
    const std::shared_ptr<const RulesInForce> rules = keeper_.current();
    MetricFamilies out;
    collect_loaded(*rules, out);
    collect_reloads(*rules, out);
    if (rules_max_ != 0) collect_matches(*rules, out);
    return out.take();
  }

 private:
  static void collect_loaded(const RulesInForce& rules, MetricFamilies& out) {
    const std::size_t quarantined = rules.watch->quarantined().size();
    const RuleCounts& counts = rules.detection.counts;
    out.begin_gauge("countersign_rules_loaded", "Rules by what became of them.");
    const auto add = [&out](const char* status, std::size_t count) {
      out.add({{"status", status}}, static_cast<double>(count));
    };
    add("loaded", counts.loaded - quarantined);
    add("quarantined", quarantined);
    add("refused", counts.refused);
    add("skipped", counts.skipped);
  }

  void collect_reloads(const RulesInForce& rules, MetricFamilies& out) const {
    using enum RuleReload::Outcome;
    out.begin_gauge("countersign_rules_last_reload_success_timestamp_seconds",
                    "When the rules in force were loaded.");
    out.add({}, static_cast<double>(to_micros(rules.loaded)) / 1e6);
    out.begin_gauge("countersign_rules_last_reload_successful",
                    "0: the last reload was refused, and the rules in force are not those of the files.");
    out.add({}, keeper_.up_to_date() ? 1 : 0);
    out.begin_counter("countersign_rules_reloads_total", "Reloads of rules and packs by result.");
    for (const RuleReload::Outcome outcome : {Loaded, Unchanged, Refused}) {
      out.add({{"result", std::string(to_string(outcome))}}, static_cast<double>(keeper_.reloads(outcome)));
    }
  }

  void collect_matches(const RulesInForce& rules, MetricFamilies& out) const {
    const std::lock_guard lock(mutex_);
    const RuleCosts costs = rules.watch->costs();
    out.begin_counter("countersign_rule_matches_total", "Matches of a rule.");
    std::map<Level, std::uint64_t> others;
    for (std::uint32_t i = 0; i < costs.rules.size(); ++i) {
      const std::uint64_t matches = costs.rules[i].matches;
      if (matches == 0) continue;
      const RuleInfo& rule = rules.detection.rules->rules()[i];
      if (own_.size() < rules_max_) own_.insert(rule.id);
      if (own_.contains(rule.id)) {
        add(out, rule.id.value, rule.level, matches);
      } else {
        others[rule.level] += matches;
      }
    }
    for (const auto& [level, matches] : others) add(out, "other", level, matches);
  }

  static void add(MetricFamilies& out, const std::string& rule, Level level, std::uint64_t matches) {
    out.add({{"rule_id", rule}, {"alert_severity", std::string(to_string(level))}},
            static_cast<double>(matches));
  }

  const RuleKeeper& keeper_;
  std::size_t rules_max_;
  mutable std::mutex mutex_;      // guards own_
  mutable std::set<RuleId> own_;  // rules with a series of their own
};

}  // namespace

std::shared_ptr<prometheus::Collectable> make_rule_collectable(const RuleKeeper& keeper,
                                                               std::size_t rules_max) {
  return std::make_shared<RuleCollectable>(keeper, rules_max);
}

}  // namespace countersign
