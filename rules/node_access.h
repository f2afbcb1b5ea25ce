// SPDX-License-Identifier: Apache-2.0
// Typed access to the keys of a YAML map, with a finding when a value has the wrong type. Pure; any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/findings.h"
#include "rules/yaml_reader.h"

namespace countersign {

struct PlacedText {
  std::string text;
  Position where;
};

/// The scalar under `key`; null when it is absent, null, or (with a finding `code`) of another kind.
const YamlNode* scalar_at(const YamlNode& map, std::string_view key, std::string_view code,
                          Findings& findings);
/// The texts of the list under `key`; what is no text gets a finding `code`.
std::vector<PlacedText> texts_at(const YamlNode& map, std::string_view key, std::string_view code,
                                 Findings& findings);
/// A finding `code` for each key of `map` that is not in `known`.
void check_keys(const YamlNode& map, const std::vector<std::string_view>& known, std::string_view code,
                std::string_view what, Findings& findings);

/// `<number>s`, `m`, `h` or `d`, from one second to 3,660 days; else empty.
std::optional<std::chrono::seconds> parse_timespan(std::string_view text);

}  // namespace countersign
