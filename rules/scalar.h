// SPDX-License-Identifier: Apache-2.0
// A value of a rule with its type. Plain YAML scalars are typed as YAML 1.2 does (core schema): `yes`, `on`
// and `off` are texts, `0x1F` is a number that keeps its text. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rules/findings.h"
#include "rules/number.h"
#include "rules/yaml_reader.h"

namespace countersign {

struct RuleScalar {
  enum class Type : std::uint8_t { Null, Bool, Number, Text };
  Type type = Type::Null;
  Position where;
  std::string text;    // as written; empty for null
  bool plain = false;  // without quotes
  bool boolean = false;
  Number number;
};

/// REQUIRES: `node` is a scalar or null.
RuleScalar read_scalar(const YamlNode& node);
std::optional<bool> parse_yaml_bool(std::string_view text);

/// "the text `x`", "the number 5" … for messages; long texts are cut.
std::string describe(const RuleScalar& value);

}  // namespace countersign
