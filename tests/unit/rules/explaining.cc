// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/rules/explaining.h"

#include <algorithm>

#include "core/utf8_cut.h"

namespace countersign::testing {
namespace {

bool leaf_holds(const ExplainedLeaf& leaf) { return leaf.reason == LeafReason::Holds; }

bool agrees(const ExplainedItem& item) {
  const bool found = item.all ? std::all_of(item.leaves.begin(), item.leaves.end(), leaf_holds)
                              : std::any_of(item.leaves.begin(), item.leaves.end(), leaf_holds);
  return item.holds == (item.negated ? item.value_count > 0 && !found : found);
}

/// Between whole characters.
bool lies_within(const TextSpan& span, std::string_view text) {
  return span.begin <= span.end && span.end <= text.size() &&
         character_start(text, span.begin) == span.begin && character_start(text, span.end) == span.end;
}

bool agrees(const ExplainedLeaf& leaf, const ExplainedItem& item) {
  if (leaf.found && !leaf_holds(leaf)) return false;
  if (leaf.span && !(leaf.found && lies_within(*leaf.span, leaf.found->text))) return false;
  // Only absence holds without a value.
  return !leaf_holds(leaf) || leaf.found || item.value_count == 0;
}

}  // namespace

std::string contradiction(const Explanation& explanation) {
  for (const ExplainedSelection& selection : explanation.selections) {
    bool any = false;
    for (const ExplainedAlternative& alternative : selection.alternatives) {
      any = any || alternative.holds;
      for (const ExplainedItem& item : alternative.items) {
        if (!agrees(item)) return "item " + item.field + item.modifiers;
        for (const ExplainedLeaf& leaf : item.leaves)
          if (!agrees(leaf, item)) return "leaf " + leaf.pattern.value_or("null") + " of " + item.field;
      }
    }
    if (any != selection.holds) return "selection " + selection.name;
  }
  const auto condition_holds = [](const auto& condition) { return condition.holds; };
  const bool holds =
      std::any_of(explanation.conditions.begin(), explanation.conditions.end(), condition_holds) &&
      std::all_of(explanation.filters.begin(), explanation.filters.end(), condition_holds);
  if (explanation.matches != (holds && explanation.log_source_covered)) return "the whole";
  if (explanation.obstacles.empty() != holds) return "obstacles";
  for (const Obstacle& obstacle : explanation.obstacles)
    if (explanation.selections[obstacle.selection].holds == obstacle.wanted) return "an obstacle is none";
  return {};
}

}  // namespace countersign::testing
