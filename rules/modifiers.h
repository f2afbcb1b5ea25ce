// SPDX-License-Identifier: Apache-2.0
// The modifiers of Sigma 2.1, in one table: what each is called, which values it takes and what it does. They
// are applied from left to right; each turns one value of a rule into one or more variants, any of which may
// hold (also under `all`). Placeholders are replaced first. Pure; any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/findings.h"
#include "rules/network.h"
#include "rules/placeholders.h"
#include "rules/regex.h"
#include "rules/rule_document.h"
#include "rules/sigma_string.h"
#include "rules/time_part.h"

namespace countersign {

/// One variant of a value while modifiers are applied to it.
struct ModifiedValue {
  enum class Kind : std::uint8_t { Null, Bool, Number, Text, Bytes, Regex, Network, FieldName };
  Kind kind = Kind::Null;
  SigmaString text;         // Text
  std::string bytes;        // Bytes: UTF-16, which base64 must follow
  std::string name;         // Regex: the expression; FieldName
  RegexFlags flags;         // Regex
  Network network;          // Network
  bool changed = false;     // it is no longer the value as written
  bool open_start = false;  // contains, endswith: anything may stand before (already in `text` of a Text)
  bool open_end = false;    // contains, startswith: anything may stand behind
};

/// What the modifiers say about the item as a whole.
struct ItemTraits {
  bool all = false;
  bool cased = false;
  bool negated = false;
  bool exists = false;
  std::optional<Comparison> comparison;
  std::optional<TimePart> part;
};

/// How one document is read.
struct Reading {
  Placeholders& placeholders;
  bool lenient = false;  // what other tools let pass is mended, with a warning
};

struct ModifierContext {
  const ModifierUse& use;
  const DetectionItem& item;
  const RuleScalar& value;  // of the item, placeholders replaced
  ItemTraits& traits;
  Findings& findings;
  bool lenient = false;
};

using ModifierAction = void (*)(std::vector<ModifiedValue>& variants, ModifierContext& context);

struct Modifier {
  enum class Where : std::uint8_t { Anywhere, FieldsOnly };  // FieldsOnly: not in keyword searches
  std::string_view name;
  Where where = Where::Anywhere;
  std::string_view meaning;
  ModifierAction apply = nullptr;
};

/// The whole language, in the order of the specification; second names have rows of their own.
std::span<const Modifier> modifiers();

struct ModifiedItem {
  ItemTraits traits;
  std::vector<std::vector<ModifiedValue>> values;  // one for each value of the item
};

/// Empty when a finding of severity error was added.
std::optional<ModifiedItem> apply_modifiers(const DetectionItem& item, const Reading& reading,
                                            Findings& findings);

}  // namespace countersign
