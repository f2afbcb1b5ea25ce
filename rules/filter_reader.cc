// SPDX-License-Identifier: Apache-2.0
#include "rules/filter_reader.h"

#include <algorithm>

#include <fmt/core.h>

#include "rules/condition.h"
#include "rules/detection_reader.h"

namespace countersign {
namespace {

bool has_negation(const Condition& condition) {
  return condition.kind == Condition::Kind::Not ||
         std::any_of(condition.children.begin(), condition.children.end(), has_negation);
}

/// How to say the opposite.
std::string negation_of(const std::string& condition) {
  constexpr std::size_t kShown = 60;
  if (is_identifier(condition)) return fmt::format("`not {}`", condition);
  return condition.size() > kShown ? "`not (…)`" : fmt::format("`not ({})`", condition);
}

void check_polarity(const DetectionDocument& document, Findings& findings) {
  for (const YamlNode& text : document.conditions) {
    const ParsedCondition parsed = parse_condition(text.text);
    if (parsed.root && !has_negation(*parsed.root))
      findings.add(
          "filter.polarity", text.where,
          "the condition holds no `not`: its rules match only what the filter describes",
          fmt::format("it is joined with `and` as written; to suppress, write {}", negation_of(text.text)));
  }
}

void read_rules(const YamlNode& filter, ReadFilter& out, Findings& findings) {
  const YamlNode* rules = filter.find("rules");
  if (rules != nullptr) out.where = rules->where;
  out.any_rule = rules != nullptr && rules->is_scalar() && rules->text == "any";
  if (out.any_rule) return;
  out.rules = texts_at(filter, "rules", "filter.rules", findings);
  if (rules == nullptr || rules->is_null() || (rules->is_sequence() && rules->items.empty()))
    findings.add("filter.rules", out.where, "the filter names no rules",
                 "list ids or names under `rules`, or write `rules: any`");
}

}  // namespace

ReadFilter read_filter(const YamlNode& root, FieldTable& fields, const Reading& reading, Findings& findings) {
  const YamlNode& filter = *root.find("filter");
  ReadFilter out;
  out.where = filter.where;
  const DetectionDocument document = read_detection(filter, filter.where, "rules", findings);
  if (!filter.is_map()) return out;
  out.tests = compile_detection(document, fields, reading, findings);
  check_polarity(document, findings);
  read_rules(filter, out, findings);
  return out;
}

}  // namespace countersign
