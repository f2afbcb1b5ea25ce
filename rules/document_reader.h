// SPDX-License-Identifier: Apache-2.0
// One document of a rule file, whatever its kind, read and checked as far as it can be alone. Pure but for
// the field table; one thread.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "rules/detection_compiler.h"
#include "rules/filter_reader.h"
#include "rules/findings.h"
#include "rules/node_access.h"
#include "rules/rule_set.h"
#include "rules/yaml_reader.h"

namespace countersign {

struct ReadDocument {
  enum class Kind : std::uint8_t { Detection, Correlation, Filter };
  Kind kind = Kind::Detection;
  RuleInfo info;                          // id is empty without one; file, line and content are the loader's
  std::optional<CompiledRule> detection;  // Detection without errors
  ReadFilter filter;                      // Filter
  std::vector<PlacedText> references;     // ids and names that a correlation or filter refers to
  std::vector<std::string> former_ids;    // `related` of type renamed
  std::set<std::string> placeholders;     // whose values it uses
};

/// Empty when the document is of no known kind (with a finding). Other errors are in `findings` only.
std::optional<ReadDocument> read_document(const YamlNode& root, FieldTable& fields, const RuleValues& values,
                                          bool lenient, Findings& findings);

}  // namespace countersign
