// SPDX-License-Identifier: Apache-2.0
// Rules with one thing changed: what a bug of the matcher would look like from outside. A test or a word of
// the condition is changed only when some event's verdict hangs on it: else nobody could tell the mutant from
// the rule. What the change of a test does is not foreseen: the engines show it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "rules/compiled_rule.h"
#include "rules/detection_compiler.h"
#include "rules/event_view.h"
#include "rules/rule_document.h"

namespace countersign::testing {

/// Which events showed what an item does.
struct ItemUse {
  bool holding = false;      // a verdict hung on its holding …
  bool failing = false;      // … on its not holding
  std::vector<bool> values;  // a verdict hung on this value's holding
};

/// What events showed of a rule, summed up: by selection, alternative and item.
class RuleUse {
 public:
  explicit RuleUse(const CompiledRule& rule);
  /// Looks at one event. The rule must be the one that the object was made with.
  void add(const CompiledRule& rule, EventView& event);
  const ItemUse& of(std::size_t selection, std::size_t alternative, std::size_t item) const {
    return items_[selection][alternative][item];
  }
  /// Whether conditions that are read as `rule` has them give some event another verdict.
  bool verdict_changes(const CompiledRule& rule) const;

 private:
  std::map<std::vector<bool>, bool> verdicts_;  // which selections held → the verdict
  std::vector<std::vector<std::vector<ItemUse>>> items_;
};

struct Mutant {
  std::string kind;  // `value removed`
  std::string what;  // where
  bool condition = false;
  DetectionDocument document;
};

/// Empty when the compiler refuses it. No placeholder has values.
std::optional<CompiledRule> compile_document(const DetectionDocument& document, FieldTable& fields);

/// All mutants of a rule that `use` allows and that the compiler accepts.
std::vector<Mutant> mutants_of(const DetectionDocument& rule, const RuleUse& use);

}  // namespace countersign::testing
