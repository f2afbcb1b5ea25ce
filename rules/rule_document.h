// SPDX-License-Identifier: Apache-2.0
// A detection as its author wrote it, each part with its place: what the detection reader hands to the
// compiler. Plain values.
#pragma once

#include <string>
#include <vector>

#include "rules/scalar.h"

namespace countersign {

struct ModifierUse {
  std::string name;
  Position where;
};

/// `field|modifier|…: value` or the values of a keyword list (no field).
struct DetectionItem {
  std::string field;
  bool keyword = false;
  Position where;
  std::vector<ModifierUse> modifiers;
  std::vector<RuleScalar> values;  // never empty
  bool is_list = false;
};

struct DetectionSelection {
  std::string name;
  Position where;
  std::vector<std::vector<DetectionItem>> alternatives;
};

struct DetectionDocument {
  std::vector<DetectionSelection> selections;
  std::vector<YamlNode> conditions;  // scalars
};

}  // namespace countersign
