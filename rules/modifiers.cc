// SPDX-License-Identifier: Apache-2.0
#include "rules/modifiers.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

namespace countersign {
namespace {

using Kind = ModifiedValue::Kind;
using Variants = std::vector<ModifiedValue>;

void refuse_type(const ModifierContext& context, std::string_view needed) {
  context.findings.add(
      "modifier.value_type", context.value.where,
      fmt::format("`{}` needs {}, not {}", context.use.name, needed, describe(context.value)));
}

/// Numbers and booleans become texts, with a warning. False: refused.
bool as_text(ModifiedValue& value, const ModifierContext& context) {
  if (value.kind == Kind::Text) return true;
  if (value.kind != Kind::Number && value.kind != Kind::Bool) {
    refuse_type(context, "a text");
    return false;
  }
  value.kind = Kind::Text;
  value.text = SigmaString::literal(context.value.text);
  context.findings.add("modifier.stringified", context.value.where,
                       fmt::format("`{}` takes {} as a text", context.use.name, describe(context.value)),
                       "quote the value");
  return true;
}

void open_text(Variants& variants, ModifierContext& context, bool start, bool end) {
  for (ModifiedValue& value : variants) {
    if (value.kind == Kind::Regex) {
      context.findings.add(
          "modifier.no_effect", context.use.where,
          fmt::format("`{}` does nothing to a regular expression, which is searched anywhere",
                      context.use.name),
          "remove it, or anchor the expression with ^ or $");
      continue;
    }
    if (!as_text(value, context)) continue;
    value.wrapped = true;
    if (start) value.text.open_start();
    if (end) value.text.open_end();
  }
}

void apply_contains(Variants& variants, ModifierContext& context) {
  open_text(variants, context, true, true);
}
void apply_startswith(Variants& variants, ModifierContext& context) {
  open_text(variants, context, false, true);
}
void apply_endswith(Variants& variants, ModifierContext& context) {
  open_text(variants, context, true, false);
}

void apply_all(Variants& /*variants*/, ModifierContext& context) { context.traits.all = true; }
void apply_cased(Variants& /*variants*/, ModifierContext& context) { context.traits.cased = true; }
void apply_neq(Variants& /*variants*/, ModifierContext& context) { context.traits.negated = true; }

void apply_exists(Variants& variants, ModifierContext& context) {
  if (variants.front().kind != Kind::Bool) refuse_type(context, "true or false");
  context.traits.exists = true;
}

void apply_re(Variants& variants, ModifierContext& context) {
  ModifiedValue& value = variants.front();
  if (!as_text(value, context)) return;
  if (variants.size() > 1 || value.wrapped) {
    context.findings.add("modifier.order", context.use.where, "`re` must come before other modifiers");
    return;
  }
  value.kind = Kind::Regex;
}

void set_flag(Variants& variants, ModifierContext& context, bool RegexFlags::* flag) {
  for (ModifiedValue& value : variants) {
    if (value.kind == Kind::Regex) {
      value.flags.*flag = true;
    } else {
      context.findings.add("modifier.order", context.use.where,
                           fmt::format("`{}` must come after `re`", context.use.name));
    }
  }
}
void apply_i(Variants& variants, ModifierContext& context) {
  set_flag(variants, context, &RegexFlags::ignore_case);
}
void apply_m(Variants& variants, ModifierContext& context) {
  set_flag(variants, context, &RegexFlags::multiline);
}
void apply_s(Variants& variants, ModifierContext& context) {
  set_flag(variants, context, &RegexFlags::dot_all);
}

constexpr auto kModifiers = std::to_array<Modifier>({
    {"contains", "the value stands anywhere in the field", apply_contains},
    {"startswith", "the field starts with the value", apply_startswith},
    {"endswith", "the field ends with the value", apply_endswith},
    {"all", "every value of the list must hold, not any", apply_all},
    {"cased", "upper and lower case differ", apply_cased},
    {"neq", "the field exists and is different from every value", apply_neq},
    {"exists", "the field exists (true) or not (false), whatever its value", apply_exists},
    {"re", "a regular expression found anywhere in the field; upper and lower case differ", apply_re},
    {"i", "after re: upper and lower case are equal", apply_i},
    {"ignorecase", "the same as i", apply_i},
    {"m", "after re: ^ and $ stand for the ends of lines", apply_m},
    {"multiline", "the same as m", apply_m},
    {"s", "after re: . stands for line ends too", apply_s},
    {"dotall", "the same as s", apply_s},
});

Variants start(const RuleScalar& value) {
  ModifiedValue first;
  switch (value.type) {
    case RuleScalar::Type::Null: first.kind = Kind::Null; break;
    case RuleScalar::Type::Bool: first.kind = Kind::Bool; break;
    case RuleScalar::Type::Number: first.kind = Kind::Number; break;
    case RuleScalar::Type::Text:
      first.kind = Kind::Text;
      first.text = SigmaString::parse(value.text);
      break;
  }
  return {first};
}

std::vector<const Modifier*> find_all(const DetectionItem& item, Findings& findings) {
  std::vector<const Modifier*> found;
  for (const ModifierUse& use : item.modifiers) {
    const auto row = std::find_if(kModifiers.begin(), kModifiers.end(),
                                  [&](const Modifier& modifier) { return modifier.name == use.name; });
    if (row == kModifiers.end()) {
      findings.add("modifier.unknown", use.where, fmt::format("there is no modifier `{}`", use.name));
    } else {
      found.push_back(&*row);
    }
  }
  return found;
}

}  // namespace

std::span<const Modifier> modifiers() { return kModifiers; }

std::optional<ModifiedItem> apply_modifiers(const DetectionItem& item, Findings& findings) {
  const std::size_t errors_before = findings.errors();
  const std::vector<const Modifier*> chain = find_all(item, findings);
  if (findings.errors() != errors_before) return std::nullopt;
  ModifiedItem out;
  for (const RuleScalar& value : item.values) {
    Variants variants = start(value);
    for (std::size_t i = 0; i < chain.size(); ++i) {
      ModifierContext context{item.modifiers[i], item, value, out.traits, findings};
      chain[i]->apply(variants, context);
    }
    out.values.push_back(std::move(variants));
  }
  if (findings.errors() != errors_before) return std::nullopt;
  return out;
}

}  // namespace countersign
