// SPDX-License-Identifier: Apache-2.0
#include "rules/filter_reader.h"

#include <algorithm>

#include <fmt/core.h>

#include "rules/condition.h"
#include "rules/detection_compiler.h"
#include "rules/detection_reader.h"

namespace countersign {
namespace {

bool has_negation(const Condition& condition) {
  return condition.kind == Condition::Kind::Not ||
         std::any_of(condition.children.begin(), condition.children.end(), has_negation);
}

void check_polarity(const DetectionDocument& document, Findings& findings) {
  for (const YamlNode& text : document.conditions) {
    const ParsedCondition parsed = parse_condition(text.text);
    if (parsed.root && !has_negation(*parsed.root))
      findings.add("filter.polarity", text.where,
                   "the filter's condition holds no `not`: it would keep only what it describes",
                   "it is joined with `and` as written; to suppress, write `not selection`");
  }
}

std::vector<PlacedText> read_rules(const YamlNode& filter, Findings& findings) {
  const YamlNode* rules = filter.find("rules");
  if (rules != nullptr && rules->is_scalar() && rules->text == "any") return {};
  std::vector<PlacedText> names = texts_at(filter, "rules", "filter.rules", findings);
  if (rules == nullptr || (rules->is_sequence() && rules->items.empty()))
    findings.add("filter.rules", filter.where, "the filter names no rules",
                 "list ids or names under `rules`, or write `rules: any`");
  return names;
}

}  // namespace

std::vector<PlacedText> read_filter(const YamlNode& root, Findings& findings) {
  const YamlNode& filter = *root.find("filter");
  const DetectionDocument document = read_detection(filter, filter.where, "rules", findings);
  if (!filter.is_map()) return {};
  FieldTable fields;
  (void)compile_detection(document, fields, findings);
  check_polarity(document, findings);
  return read_rules(filter, findings);
}

}  // namespace countersign
