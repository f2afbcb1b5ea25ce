// SPDX-License-Identifier: Apache-2.0
// Reads a filter document (specification 2.1, filters): the condition that is joined with `and`, as written,
// to those of the rules it names. Pure but for the field table; one thread.
#pragma once

#include <optional>
#include <vector>

#include "rules/detection_compiler.h"
#include "rules/findings.h"
#include "rules/node_access.h"
#include "rules/yaml_reader.h"

namespace countersign {

struct ReadFilter {
  bool any_rule = false;              // `rules: any`
  std::vector<PlacedText> rules;      // else the ids and names it lists
  Position where;                     // of `rules`; without it, of the filter
  std::optional<CompiledRule> tests;  // its own selections and conditions; empty: they have errors
};

/// `root` is a map with the key `filter`.
ReadFilter read_filter(const YamlNode& root, FieldTable& fields, const Reading& reading, Findings& findings);

}  // namespace countersign
