// SPDX-License-Identifier: Apache-2.0
// DetectionDocument → CompiledRule, with a finding for each value, modifier and condition that cannot be
// compiled. Pure but for the field table; one thread.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "rules/compiled_rule.h"
#include "rules/findings.h"
#include "rules/modifiers.h"
#include "rules/rule_document.h"

namespace countersign {

/// Gives each field name of a rule set its number.
class FieldTable {
 public:
  FieldId id_of(const std::string& name);
  std::vector<FieldKey> take() { return std::move(keys_); }

 private:
  std::vector<FieldKey> keys_;
  std::unordered_map<std::string, FieldId> ids_;
};

/// Empty when a finding of severity error was added.
std::optional<CompiledRule> compile_detection(const DetectionDocument& document, FieldTable& fields,
                                              const Reading& reading, Findings& findings);

}  // namespace countersign
