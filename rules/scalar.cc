// SPDX-License-Identifier: Apache-2.0
#include "rules/scalar.h"

#include <fmt/core.h>

namespace countersign {

std::optional<bool> parse_yaml_bool(std::string_view text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  return std::nullopt;
}

RuleScalar read_scalar(const YamlNode& node) {
  RuleScalar value;
  value.where = node.where;
  if (node.is_null()) return value;
  value.type = RuleScalar::Type::Text;
  value.text = node.text;
  value.plain = node.plain;
  if (!node.plain) return value;
  if (const std::optional<bool> boolean = parse_yaml_bool(node.text)) {
    value.type = RuleScalar::Type::Bool;
    value.boolean = *boolean;
  } else if (const std::optional<Number> number = parse_yaml_number(node.text)) {
    value.type = RuleScalar::Type::Number;
    value.number = *number;
  }
  return value;
}

std::string describe(const RuleScalar& value) {
  constexpr std::size_t kShown = 60;
  switch (value.type) {
    case RuleScalar::Type::Null: return "null";
    case RuleScalar::Type::Bool: return value.boolean ? "the boolean true" : "the boolean false";
    case RuleScalar::Type::Number: return fmt::format("the number {}", value.text);
    case RuleScalar::Type::Text: break;
  }
  if (value.text.size() <= kShown) return fmt::format("the text `{}`", value.text);
  std::size_t end = kShown;
  while (end > 0 && (static_cast<unsigned char>(value.text[end]) & 0xC0U) == 0x80U) --end;
  return fmt::format("the text `{}…`", value.text.substr(0, end));
}

}  // namespace countersign
