// SPDX-License-Identifier: Apache-2.0
#include "rules/plan/plan.h"

#include <algorithm>
#include <utility>

#include "rules/compiled_rule.h"
#include "rules/plan/content_cache.h"

namespace countersign {
namespace {

constexpr std::chrono::hours kPatternsKept{24 * 30};  // that no plan was built from

std::vector<std::string> key_of(const EventClass& event_class) {
  std::vector<std::string> key;
  for (const LogSource& source : event_class.log_sources)
    key.insert(key.end(), {source.product, source.category, source.service});
  return key;
}

}  // namespace

class PlanBuilder {
 public:
  PlanBuilder(Plan& plan, const std::filesystem::path& cache_folder)
      : plan_(plan), cache_folder_(cache_folder) {}

  void list_uses_of_witnesses() {
    const auto& of_rules = plan_.table_.of_rules();
    plan_.uses_.resize(plan_.witnesses().size());
    for (const auto& witnesses : of_rules)
      if (witnesses)
        for (const WitnessId id : *witnesses) ++plan_.uses_[id].count;
    std::uint32_t first = 0;
    for (WitnessId id = 0; id < plan_.uses_.size(); ++id) {
      WitnessUse& use = plan_.uses_[id];
      use.exact = plan_.witnesses()[id].exact;
      use.first = std::exchange(first, first + use.count);
      use.count = 0;  // counted again below
    }
    plan_.witness_rules_.resize(first);
    for (std::uint32_t rule = 0; rule < of_rules.size(); ++rule)
      if (of_rules[rule])
        for (const WitnessId id : *of_rules[rule]) {
          WitnessUse& use = plan_.uses_[id];
          plan_.witness_rules_[use.first + use.count++] = rule;
        }
  }

  Result<void> add(const EventClass& event_class) {
    const auto [entry, added] = plan_.by_log_sources_.try_emplace(key_of(event_class), nullptr);
    if (!added) return {};
    std::vector<std::uint32_t> rules;
    const std::vector<RuleInfo>& infos = plan_.rules_->rules();
    for (std::uint32_t i = 0; i < infos.size(); ++i) {
      if (covers(infos[i].log_source, event_class)) rules.push_back(i);
    }
    const RuleGroup*& group = groups_[rules];
    if (group == nullptr) {
      auto made = make_group(std::move(rules));
      if (!made) return failure(made.error());
      (*made)->number = plan_.groups_.size();
      plan_.groups_.push_back(std::move(*made));
      group = plan_.groups_.back().get();
    }
    entry->second = group;
    return {};
  }

 private:
  Result<std::unique_ptr<RuleGroup>> make_group(std::vector<std::uint32_t> rules) {
    auto group = std::make_unique<RuleGroup>();
    group->members = Bits(plan_.rules_->rules().size());
    group->decided = Bits(plan_.graph_.node_count());
    std::vector<WitnessId> witnesses;
    for (const std::uint32_t rule : rules) {
      group->members.set(rule);
      const std::optional<std::vector<WitnessId>>& own = plan_.table_.of_rules()[rule];
      if (own) {
        witnesses.insert(witnesses.end(), own->begin(), own->end());
      } else {
        group->always.push_back(rule);
      }
    }
    std::sort(witnesses.begin(), witnesses.end());
    witnesses.erase(std::unique(witnesses.begin(), witnesses.end()), witnesses.end());
    std::map<FieldId, std::vector<WitnessId>> by_field;
    std::vector<WitnessId> keywords;
    for (const WitnessId id : witnesses) {
      const Witness& witness = plan_.witnesses()[id];
      const bool keyword = witness.kind == Witness::Kind::Keyword;
      (keyword ? keywords : by_field[witness.field]).push_back(id);
      if (witness.exact != kNoNode) group->decided.set(witness.exact);
    }
    for (auto& [field, ids] : by_field) {
      const auto index = index_of(std::move(ids));
      if (!index) return failure(index.error());
      group->fields.push_back(*index);
    }
    if (!keywords.empty()) {
      const auto index = index_of(std::move(keywords));
      if (!index) return failure(index.error());
      group->keywords = *index;
    }
    group->rules = std::move(rules);
    return group;
  }

  Result<const FieldIndex*> index_of(std::vector<WitnessId> ids) {
    const FieldIndex*& index = indexes_[ids];
    if (index != nullptr) return index;
    auto made = FieldIndex::build(plan_.witnesses(), ids, cache_folder_);
    if (!made) return failure(made.error());
    plan_.indexes_.push_back(std::move(*made));
    return index = plan_.indexes_.back().get();
  }

  Plan& plan_;
  const std::filesystem::path& cache_folder_;
  std::map<std::vector<std::uint32_t>, const RuleGroup*> groups_;
  std::map<std::vector<WitnessId>, const FieldIndex*> indexes_;
};

Plan::Plan(std::shared_ptr<const RuleSet> rules)
    : rules_(std::move(rules)), graph_(rules_->compiled()), table_(graph_, rules_->compiled().fields) {}

Result<std::shared_ptr<const Plan>> Plan::build(std::shared_ptr<const RuleSet> rules,
                                                std::span<const EventClass* const> classes,
                                                const std::filesystem::path& cache_folder) {
  std::shared_ptr<Plan> plan(new Plan(std::move(rules)));  // its constructor is private
  PlanBuilder builder(*plan, cache_folder);
  builder.list_uses_of_witnesses();
  for (const EventClass* event_class : classes)
    if (const Result<void> added = builder.add(*event_class); !added) return failure(added.error());
  ContentCache(cache_folder).prune(kPatternsKept);
  return plan;
}

const RuleGroup* Plan::group_of(const EventClass& event_class) const {
  const auto entry = by_log_sources_.find(key_of(event_class));
  return entry == by_log_sources_.end() ? nullptr : entry->second;
}

}  // namespace countersign
