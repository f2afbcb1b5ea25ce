// SPDX-License-Identifier: Apache-2.0
#include "rules/modifiers.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "rules/modifier_actions.h"
#include "rules/spelling.h"

namespace countersign {
namespace {

using Kind = ModifiedValue::Kind;
using Variants = std::vector<ModifiedValue>;

constexpr auto kAnywhere = Modifier::Where::Anywhere;
constexpr auto kFields = Modifier::Where::FieldsOnly;

constexpr auto kModifiers = std::to_array<Modifier>({
    {"contains", kAnywhere, "the value stands anywhere in the field", modifier::contains},
    {"startswith", kAnywhere, "the field starts with the value", modifier::startswith},
    {"endswith", kAnywhere, "the field ends with the value", modifier::endswith},
    {"all", kAnywhere, "every value of the list must hold, not any", modifier::all},
    {"cased", kAnywhere, "upper and lower case differ", modifier::cased},
    {"neq", kFields, "the field exists and none of the values holds", modifier::neq},
    {"exists", kFields, "the field exists (true) or not (false), whatever its value", modifier::exists},
    {"re", kAnywhere, "a regular expression, found anywhere in the field; case matters", modifier::re},
    {"i", kAnywhere, "after re: case does not matter", modifier::ignore_case},
    {"ignorecase", kAnywhere, "the same as i", modifier::ignore_case},
    {"m", kAnywhere, "after re: ^ and $ stand for the ends of lines", modifier::multiline},
    {"multiline", kAnywhere, "the same as m", modifier::multiline},
    {"s", kAnywhere, "after re: . stands for line ends too", modifier::dot_all},
    {"dotall", kAnywhere, "the same as s", modifier::dot_all},
    {"base64", kAnywhere, "the base64 text of the value's bytes", modifier::base64},
    {"base64offset", kAnywhere, "the base64 text of the value inside a longer text, three variants",
     modifier::base64offset},
    {"utf16le", kAnywhere, "before base64: the value in UTF-16, little endian", modifier::utf16le},
    {"wide", kAnywhere, "the same as utf16le", modifier::utf16le},
    {"utf16be", kAnywhere, "before base64: the value in UTF-16, big endian", modifier::utf16be},
    {"utf16", kAnywhere, "before base64: the bytes FF FE, then utf16le", modifier::utf16},
    {"windash", kAnywhere, "a dash that starts an option stands for any of - / – — ―", modifier::windash},
    {"cidr", kFields, "the field is an IP address in the network", modifier::cidr},
    {"lt", kFields, "the field is a number less than the value", modifier::lt},
    {"lte", kFields, "the field is a number not greater than the value", modifier::lte},
    {"gt", kFields, "the field is a number greater than the value", modifier::gt},
    {"gte", kFields, "the field is a number not less than the value", modifier::gte},
    {"minute", kFields, "the minute of a date, in UTC; with lt, lte, gt, gte a bound", modifier::minute},
    {"hour", kFields, "the hour of a date, in UTC", modifier::hour},
    {"day", kFields, "the day of the month of a date, in UTC", modifier::day},
    {"week", kFields, "the ISO 8601 week of a date, in UTC", modifier::week},
    {"month", kFields, "the month of a date, in UTC", modifier::month},
    {"year", kFields, "the year of a date, in UTC", modifier::year},
    {"fieldref", kFields, "the value names another field; both have an equal value", modifier::fieldref},
    {"expand", kAnywhere, "placeholders %name% stand for the values of a list", modifier::expand},
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

/// One row for each modifier of the item, in order; adds findings for those that are unknown or out of place.
std::vector<const Modifier*> find_all(const DetectionItem& item, Findings& findings) {
  std::vector<std::string_view> names;
  for (const Modifier& row : kModifiers) names.push_back(row.name);
  std::vector<const Modifier*> found;
  for (const ModifierUse& use : item.modifiers) {
    const auto row = std::find_if(kModifiers.begin(), kModifiers.end(),
                                  [&](const Modifier& modifier) { return modifier.name == use.name; });
    if (row == kModifiers.end()) {
      findings.add("modifier.unknown", use.where,
                   use.name.empty() ? "a modifier is missing after `|`"
                                    : fmt::format("there is no modifier `{}`", use.name),
                   did_you_mean(use.name, names, "the reference page of modifiers lists all"));
      continue;
    }
    if (item.keyword && row->where == kFields)
      findings.add("modifier.keyword", use.where,
                   fmt::format("`{}` cannot be used for keywords, which have no field", use.name));
    const bool repeated = std::any_of(found.begin(), found.end(), [&](const Modifier* earlier) {
      return earlier->apply == row->apply && row->apply != modifier::base64;
    });
    if (repeated)
      findings.add("modifier.repeated", use.where, fmt::format("`{}` stands here a second time", use.name));
    found.push_back(&*row);
  }
  return found;
}

class ItemChecker {
 public:
  ItemChecker(const DetectionItem& item, const ItemTraits& traits, Findings& findings)
      : item_(item), traits_(traits), findings_(findings) {}

  void check(const RuleScalar& value, const Variants& variants) {
    for (const ModifiedValue& variant : variants) {
      if (variant.kind == Kind::Bytes)
        add("modifier.order", "UTF-16 is of use only before `base64` or `base64offset`", "add one of them");
      if ((traits_.comparison || traits_.part) && variant.kind != Kind::Number)
        add("modifier.combination", "a comparison of numbers takes no modifier for texts");
      if (variant.kind == Kind::Regex && traits_.cased && variant.flags.ignore_case)
        add("modifier.combination", "`cased` contradicts `i`", "remove one of them");
      if (variant.kind == Kind::Text && is_everything(variant.text) && variant.changed)
        findings_.add("value.matches_all", value.where, "an empty value stands anywhere in every text",
                      "to ask whether a field exists, use `exists`");
      if (variant.kind == Kind::Text && begins_with_nul(variant.text))
        findings_.add("value.nul", value.where, "a text that begins with a NUL cannot be looked for",
                      "leave the NUL out");
      check_base64_whole(variant);
    }
    check_scalar(value);
  }

  void check_cased(const std::vector<Variants>& values) {
    const auto has_case = [](const ModifiedValue& variant) {
      return variant.kind == Kind::Text || variant.kind == Kind::FieldName || variant.kind == Kind::Null;
    };
    const bool useful = std::any_of(values.begin(), values.end(), [&](const Variants& variants) {
      return std::any_of(variants.begin(), variants.end(), has_case);
    });
    if (traits_.cased && !useful)
      findings_.add("modifier.no_effect", item_.where, "`cased` does nothing here: no value is a text");
  }

 private:
  void add(std::string_view code, std::string message, std::string hint = {}) {
    findings_.add(code, item_.where, std::move(message), std::move(hint));
  }

  static bool is_everything(const SigmaString& text) {
    return text.tokens().size() == 1 && text.tokens().front().kind == SigmaToken::Kind::AnyRun;
  }

  /// vectorscan takes it for no text at all.
  static bool begins_with_nul(const SigmaString& text) {
    return std::any_of(text.tokens().begin(), text.tokens().end(),
                       [](const SigmaToken& token) { return token.text.starts_with('\0'); });
  }

  void check_base64_whole(const ModifiedValue& variant) {
    if (item_.keyword || variant.open_start || item_.modifiers.empty()) return;
    if (item_.modifiers.back().name == "base64offset" && variant.kind == Kind::Text)
      add("value.base64offset_whole", "`base64offset` is compared with the whole field",
          "add `contains`: the text it looks for is a part of a longer one");
  }

  void check_scalar(const RuleScalar& value) {
    const bool null = value.type == RuleScalar::Type::Null;
    if (null && item_.keyword)
      findings_.add("keyword.null", value.where, "a keyword is null", "quote it, or remove it");
    if (null && item_.values.size() > 1)
      findings_.add("value.null_in_list", value.where, "null stands in a list of values",
                    "write `field: null` as a selection of its own");
    if (value.type == RuleScalar::Type::Text && value.plain && is_bool_word(value.text))
      findings_.add("value.bool_word", value.where,
                    fmt::format("`{}` is a text here; YAML 1.1 reads a boolean", value.text),
                    "quote the text, or write true or false");
  }

  static bool is_bool_word(std::string_view text) {
    constexpr auto kWords = std::to_array<std::string_view>(
        {"yes", "Yes", "YES", "no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF"});
    return std::find(kWords.begin(), kWords.end(), text) != kWords.end();
  }

  const DetectionItem& item_;
  const ItemTraits& traits_;
  Findings& findings_;
};

/// Keywords are found anywhere in a value unless a modifier says where.
void open_keywords(const DetectionItem& item, Variants& variants, const RuleScalar& value) {
  if (!item.keyword) return;
  for (ModifiedValue& variant : variants) {
    if (variant.kind == Kind::Number || variant.kind == Kind::Bool) {
      variant.kind = Kind::Text;
      variant.text = SigmaString::literal(value.text);
    }
    if (variant.kind != Kind::Text || variant.open_start || variant.open_end) continue;
    variant.text.open_start();
    variant.text.open_end();
  }
}

}  // namespace

std::span<const Modifier> modifiers() { return kModifiers; }

std::optional<ModifiedItem> apply_modifiers(const DetectionItem& item, const Reading& reading,
                                            Findings& findings) {
  const std::size_t errors_before = findings.errors();
  const std::vector<const Modifier*> chain = find_all(item, findings);
  if (findings.errors() != errors_before) return std::nullopt;
  ModifiedItem out;
  for (const RuleScalar& value : item.values) {
    Variants& all = out.values.emplace_back();
    for (const RuleScalar& meant : reading.placeholders.expand(item, value, findings)) {
      Variants variants = start(meant);
      for (std::size_t i = 0; i < chain.size(); ++i) {
        ModifierContext context{item.modifiers[i], item, meant, out.traits, findings, reading.lenient};
        chain[i]->apply(variants, context);
      }
      open_keywords(item, variants, meant);
      std::move(variants.begin(), variants.end(), std::back_inserter(all));
      if (findings.errors() != errors_before) break;  // a long list would say the same of each of its values
    }
  }
  ItemChecker checker(item, out.traits, findings);
  for (std::size_t i = 0; i < item.values.size(); ++i) checker.check(item.values[i], out.values[i]);
  checker.check_cased(out.values);
  if (findings.errors() != errors_before) return std::nullopt;
  return out;
}

}  // namespace countersign
