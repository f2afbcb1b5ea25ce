// SPDX-License-Identifier: Apache-2.0
// The modifiers of Sigma 2.1, in one table: what each is called, which values it takes and what it does. They
// are applied from left to right; each turns one value of a rule into one or more variants, of which any may
// hold. Pure; any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/findings.h"
#include "rules/regex.h"
#include "rules/rule_document.h"
#include "rules/sigma_string.h"

namespace countersign {

/// One variant of a value while modifiers are applied to it.
struct ModifiedValue {
  enum class Kind : std::uint8_t { Null, Bool, Number, Text, Regex };
  Kind kind = Kind::Null;
  SigmaString text;      // Text
  RegexFlags flags;      // Regex; the expression is the value as written
  bool wrapped = false;  // Text: contains, startswith or endswith has opened it
};

/// What the modifiers say about the item as a whole.
struct ItemTraits {
  bool all = false;
  bool cased = false;
  bool negated = false;
  bool exists = false;
};

struct ModifierContext {
  const ModifierUse& use;
  const DetectionItem& item;
  const RuleScalar& value;
  ItemTraits& traits;
  Findings& findings;
};

struct Modifier {
  std::string_view name;
  std::string_view meaning;
  void (*apply)(std::vector<ModifiedValue>& variants, ModifierContext& context);
};

/// The whole language, in the order of the specification; other names for one modifier have rows of their
/// own.
std::span<const Modifier> modifiers();

struct ModifiedItem {
  ItemTraits traits;
  std::vector<std::vector<ModifiedValue>> values;  // one for each value of the item
};

/// Empty when a finding of severity error was added.
std::optional<ModifiedItem> apply_modifiers(const DetectionItem& item, Findings& findings);

}  // namespace countersign
