// SPDX-License-Identifier: Apache-2.0
#include "rules/detection_compiler.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "core/case_fold.h"
#include "rules/condition.h"
#include "rules/spelling.h"

namespace countersign {
namespace {

constexpr std::size_t kNamesListedMax = 8;       // selections in a hint
constexpr std::size_t kReferencesMax = 100'000;  // to selections, patterns expanded

class ItemCompiler {
 public:
  ItemCompiler(const DetectionItem& source, FieldTable& fields, const Reading& reading, Findings& findings)
      : source_(source), fields_(fields), reading_(reading), findings_(findings) {}

  std::optional<Item> compile() {
    const std::optional<ModifiedItem> modified = apply_modifiers(source_, reading_, findings_);
    if (!modified) return std::nullopt;
    const std::size_t errors_before = findings_.errors();
    Item item;
    item.keyword = source_.keyword;
    if (!item.keyword) item.field = fields_.id_of(source_.field);
    item.all = modified->traits.all;
    item.negated = modified->traits.negated;
    for (const ModifierUse& modifier : source_.modifiers) item.modifiers += "|" + modifier.name;
    for (const RuleScalar& value : source_.values) item.texts.push_back(value.text);
    for (std::size_t i = 0; i < modified->values.size(); ++i) {
      std::vector<LeafTest> tests;
      for (const ModifiedValue& variant : modified->values[i]) add_test(variant, i, modified->traits, tests);
      item.values.push_back(std::move(tests));
    }
    if (findings_.errors() != errors_before) return std::nullopt;
    return item;
  }

 private:
  void add_test(const ModifiedValue& variant, std::size_t index, const ItemTraits& traits,
                std::vector<LeafTest>& tests) {
    const RuleScalar& value = source_.values[index];
    switch (variant.kind) {
      case ModifiedValue::Kind::Null: tests.emplace_back(NullTest{}); return;
      case ModifiedValue::Kind::Bool:
        if (traits.exists) {
          tests.emplace_back(ExistsTest{value.boolean});
        } else {
          tests.emplace_back(BoolTest{value.boolean});
        }
        return;
      case ModifiedValue::Kind::Number: add_number(value, traits, tests); return;
      case ModifiedValue::Kind::Text:
        tests.emplace_back(TextTest{Pattern(variant.text, traits.cased)});
        return;
      case ModifiedValue::Kind::Regex: add_regex(variant, value.where, tests); return;
      case ModifiedValue::Kind::Network: tests.emplace_back(NetworkTest{variant.network}); return;
      case ModifiedValue::Kind::FieldName:
        tests.emplace_back(
            FieldTest{fields_.id_of(variant.name), variant.open_start, variant.open_end, traits.cased});
        return;
      case ModifiedValue::Kind::Bytes: return;  // apply_modifiers has refused it
    }
  }

  static void add_number(const RuleScalar& value, const ItemTraits& traits, std::vector<LeafTest>& tests) {
    const Comparison comparison = traits.comparison.value_or(Comparison::Equal);
    if (traits.part) {
      tests.emplace_back(TimePartTest{*traits.part, comparison, value.number});
    } else if (traits.comparison) {
      tests.emplace_back(CompareTest{comparison, value.number});
    } else {
      tests.emplace_back(NumberTest{value.number, case_fold(value.text)});
    }
  }

  void add_regex(const ModifiedValue& variant, Position where, std::vector<LeafTest>& tests) {
    Result<Regex> regex = Regex::compile(variant.name, variant.flags);
    if (!regex) {
      findings_.add("value.regex", where,
                    fmt::format("the regular expression cannot be used: {}", regex.error().message));
      return;
    }
    tests.emplace_back(RegexTest{std::move(*regex)});
  }

  const DetectionItem& source_;
  FieldTable& fields_;
  const Reading& reading_;
  Findings& findings_;
};

class ConditionCompiler {
 public:
  ConditionCompiler(const DetectionDocument& document, Findings& findings)
      : document_(document), findings_(findings), used_(document.selections.size()) {}

  std::optional<Expression> compile(const YamlNode& text) {
    text_ = &text;
    const std::size_t errors_before = findings_.errors();
    const ParsedCondition parsed = parse_condition(text.text);
    for (const ConditionError& error : parsed.errors)
      findings_.add(error.code, position_in(text, error.offset), error.message, error.hint);
    if (!parsed.root) return std::nullopt;
    Expression root = resolve(*parsed.root);
    if (findings_.errors() != errors_before) return std::nullopt;
    return root;
  }

  void warn_unused() {
    for (std::size_t i = 0; i < used_.size(); ++i)
      if (!used_[i])
        findings_.add("detection.unused", document_.selections[i].where,
                      fmt::format("no condition uses the selection `{}`", document_.selections[i].name));
  }

 private:
  void add(std::string_view code, const Condition& at, std::string message, std::string hint = {}) {
    findings_.add(code, position_in(*text_, at.offset), std::move(message), std::move(hint));
  }

  Expression resolve(const Condition& condition) {
    Expression out;
    switch (condition.kind) {
      case Condition::Kind::And: out.kind = Expression::Kind::And; break;
      case Condition::Kind::Or: out.kind = Expression::Kind::Or; break;
      case Condition::Kind::Not: out.kind = Expression::Kind::Not; break;
      case Condition::Kind::Name:
      case Condition::Kind::OneOf: out.kind = Expression::Kind::OneOf; break;
      case Condition::Kind::AllOf: out.kind = Expression::Kind::AllOf; break;
    }
    if (condition.children.empty()) out.selections = selections_of(condition);
    for (const Condition& child : condition.children) out.children.push_back(resolve(child));
    return out;
  }

  std::vector<std::uint32_t> selections_of(const Condition& condition) {
    const bool exact = condition.kind == Condition::Kind::Name;
    std::vector<std::uint32_t> found;
    if (references_ > kReferencesMax) return found;  // refused already
    for (std::uint32_t i = 0; i < document_.selections.size(); ++i) {
      const std::string& name = document_.selections[i].name;
      if (exact ? name == condition.name : fits_pattern(condition.name, name)) found.push_back(i);
    }
    for (const std::uint32_t index : found) used_[index] = true;
    references_ += found.size();
    if (references_ > kReferencesMax)
      add("condition.too_large", condition,
          fmt::format("the conditions refer to selections more than {} times, patterns expanded",
                      kReferencesMax));
    if (found.empty()) add_missing(condition, exact);
    if (!exact && condition.name != "them" && condition.name.find('*') == std::string::npos)
      add("condition.plain_pattern", condition,
          fmt::format("the pattern `{}` has no `*`: the quantifier does nothing", condition.name));
    return found;
  }

  void add_missing(const Condition& condition, bool exact) {
    if (!exact) {
      add("condition.pattern_empty", condition, fmt::format("no selection fits `{}`", condition.name),
          "names that start with _ are fitted only by patterns that do so");
      return;
    }
    std::vector<std::string_view> names;
    for (const DetectionSelection& selection : document_.selections) names.push_back(selection.name);
    add("condition.unknown", condition, fmt::format("there is no selection `{}`", condition.name),
        did_you_mean(condition.name, names, listed(names)));
  }

  static std::string listed(const std::vector<std::string_view>& names) {
    if (names.empty() || names.size() > kNamesListedMax) return {};
    return fmt::format("there are `{}`", fmt::join(names, "`, `"));
  }

  const DetectionDocument& document_;
  Findings& findings_;
  const YamlNode* text_ = nullptr;
  std::vector<bool> used_;
  std::size_t references_ = 0;
};

}  // namespace

FieldId FieldTable::id_of(const std::string& name) {
  const auto [entry, added] = ids_.try_emplace(name, static_cast<FieldId>(keys_.size()));
  if (added) keys_.emplace_back(name);
  return entry->second;
}

std::optional<CompiledRule> compile_detection(const DetectionDocument& document, FieldTable& fields,
                                              const Reading& reading, Findings& findings) {
  const std::size_t errors_before = findings.errors();
  CompiledRule rule;
  for (const DetectionSelection& source : document.selections) {
    std::vector<std::vector<Item>> alternatives;
    for (const std::vector<DetectionItem>& alternative : source.alternatives) {
      std::vector<Item>& items = alternatives.emplace_back();
      for (const DetectionItem& item : alternative)
        if (std::optional<Item> compiled = ItemCompiler(item, fields, reading, findings).compile())
          items.push_back(std::move(*compiled));
    }
    rule.selections.push_back({source.name, Alternatives(std::move(alternatives)), std::nullopt});
  }
  ConditionCompiler conditions(document, findings);
  for (const YamlNode& text : document.conditions)
    if (std::optional<Expression> condition = conditions.compile(text)) {
      rule.conditions.push_back(std::move(*condition));
      rule.texts.push_back(text.text);
    }
  if (findings.errors() != errors_before) return std::nullopt;
  if (!document.conditions.empty()) conditions.warn_unused();
  return rule;
}

}  // namespace countersign
