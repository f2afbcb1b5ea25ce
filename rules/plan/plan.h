// SPDX-License-Identifier: Apache-2.0
// A rule set made ready to be matched fast: for each combination of log sources that events may have, the
// rules that apply and an index of their witnesses. It finds exactly what rules/interpreter.h finds.
// Immutable once built, shared by all threads; a new rule set or new packs mean a new plan.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/log_source.h"
#include "core/result.h"
#include "rules/compiled_rule.h"
#include "rules/plan/bits.h"
#include "rules/plan/field_index.h"
#include "rules/plan/rule_graph.h"
#include "rules/plan/witness.h"
#include "rules/rule_set.h"

namespace countersign {

/// The rules that apply to one combination of log sources.
struct RuleGroup {
  std::size_t number = 0;             // its place in Plan::groups()
  std::vector<std::uint32_t> rules;   // ascending
  Bits members;                       // the same, by index of the rule
  std::vector<std::uint32_t> always;  // of those the ones without witnesses
  std::vector<const FieldIndex*> fields;
  const FieldIndex* keywords = nullptr;  // null: no rule of the group searches whole events
  Bits decided;  // by node: a predicate that does not hold unless its witness has shown
};

/// What it means that a witness shows, beside the others: each takes one look into memory.
struct WitnessUse {
  NodeId exact = kNoNode;   // Witness::exact
  std::uint32_t first = 0;  // of the rules whose witness it is, in Plan::rules_of
  std::uint32_t count = 0;
};

class Plan {
 public:
  /// `classes`: what events may be; those of an EventClass with other log sources are left to the
  /// interpreter. `cache_folder`: where compiled patterns are kept; empty: nowhere. Errors: Internal.
  static Result<std::shared_ptr<const Plan>> build(std::shared_ptr<const RuleSet> rules,
                                                   std::span<const EventClass* const> classes,
                                                   const std::filesystem::path& cache_folder);

  const std::shared_ptr<const RuleSet>& rules() const { return rules_; }
  /// The fields that rules ask for.
  const std::vector<FieldKey>& fields() const { return rules_->compiled().fields; }
  const RuleGraph& graph() const { return graph_; }
  const WitnessTable& witness_table() const { return table_; }
  const std::vector<Witness>& witnesses() const { return table_.witnesses(); }
  const WitnessUse& use_of(WitnessId id) const { return uses_[id]; }
  /// Ascending indices.
  std::span<const std::uint32_t> rules_of(const WitnessUse& use) const {
    return std::span(witness_rules_).subspan(use.first, use.count);
  }
  /// Null: the plan was not built for such events.
  const RuleGroup* group_of(const EventClass& event_class) const;
  const std::vector<std::unique_ptr<const RuleGroup>>& groups() const { return groups_; }
  const std::vector<std::unique_ptr<const FieldIndex>>& indexes() const { return indexes_; }

 private:
  friend class PlanBuilder;
  explicit Plan(std::shared_ptr<const RuleSet> rules);

  std::shared_ptr<const RuleSet> rules_;
  RuleGraph graph_;
  WitnessTable table_;
  std::vector<WitnessUse> uses_;  // by witness
  std::vector<std::uint32_t> witness_rules_;
  std::vector<std::unique_ptr<const FieldIndex>> indexes_;  // equal ones are shared by groups
  std::vector<std::unique_ptr<const RuleGroup>> groups_;
  std::map<std::vector<std::string>, const RuleGroup*> by_log_sources_;
};

}  // namespace countersign
