// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/ingest/rule_mutants.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "rules/detection_compiler.h"
#include "rules/evaluate.h"

namespace countersign::testing {
namespace {

/// The verdict when the selections hold as `holds` says.
bool verdict(const Expression& expression, const std::vector<bool>& holds) {
  const auto child = [&](const Expression& inner) { return verdict(inner, holds); };
  const auto selection = [&](std::uint32_t index) { return holds[index]; };
  const auto& children = expression.children;
  const auto& selections = expression.selections;
  switch (expression.kind) {
    case Expression::Kind::And: return std::all_of(children.begin(), children.end(), child);
    case Expression::Kind::Or: return std::any_of(children.begin(), children.end(), child);
    case Expression::Kind::Not: return !child(children.front());
    case Expression::Kind::OneOf: return std::any_of(selections.begin(), selections.end(), selection);
    case Expression::Kind::AllOf: return std::all_of(selections.begin(), selections.end(), selection);
  }
  return false;
}

bool verdict(const CompiledRule& rule, const std::vector<bool>& holds) {
  return std::any_of(rule.conditions.begin(), rule.conditions.end(),
                     [&](const Expression& condition) { return verdict(condition, holds); });
}

/// The item's verdict hangs on the values that are marked.
void mark_values(const Item& item, EventView& event, ItemUse& use) {
  if (item.negated) return;
  std::vector<bool> holds;
  for (const auto& variants : item.values) holds.push_back(test_variants(variants, item, event));
  if (!item.all && std::count(holds.begin(), holds.end(), true) != 1) return;
  for (std::size_t i = 0; i < holds.size(); ++i)
    if (holds[i]) use.values[i] = true;
}

/// Replaces or adds one modifier; empty `to`: removes it.
DetectionItem with_modifier(DetectionItem item, std::string_view from, std::string_view to) {
  const auto at = std::find_if(item.modifiers.begin(), item.modifiers.end(),
                               [&](const ModifierUse& modifier) { return modifier.name == from; });
  if (at == item.modifiers.end()) {
    item.modifiers.push_back({std::string(to), item.where});
  } else if (to.empty()) {
    item.modifiers.erase(at);
  } else {
    at->name = to;
  }
  return item;
}

bool has_modifier(const DetectionItem& item, std::string_view name) {
  return std::any_of(item.modifiers.begin(), item.modifiers.end(),
                     [&](const ModifierUse& modifier) { return modifier.name == name; });
}

class Mutator {
 public:
  Mutator(const DetectionDocument& rule, const RuleUse& use) : rule_(rule), use_(use) {}

  std::vector<Mutant> make() {
    for (std::size_t c = 0; c < rule_.conditions.size(); ++c) mutate_condition(c);
    for (std::size_t s = 0; s < rule_.selections.size(); ++s)
      for (std::size_t a = 0; a < rule_.selections[s].alternatives.size(); ++a)
        for (std::size_t i = 0; i < rule_.selections[s].alternatives[a].size(); ++i) {
          place_ = {s, a, i};
          mutate_item(rule_.selections[s].alternatives[a][i], use_.of(s, a, i));
        }
    return std::move(made_);
  }

 private:
  struct Place {
    std::size_t selection = 0;
    std::size_t alternative = 0;
    std::size_t item = 0;
  };

  void mutate_condition(std::size_t index) {
    const std::string& text = rule_.conditions[index].text;
    constexpr std::pair<std::string_view, std::string_view> kWords[] = {
        {"not ", ""}, {" and ", " or "}, {" or ", " and "}, {"1 of ", "all of "}, {"all of ", "1 of "}};
    for (const auto& [from, to] : kWords)
      for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + 1)) {
        Mutant mutant{to.empty() ? "`not` dropped" : "condition word", text, true, rule_};
        mutant.document.conditions[index].text.replace(at, from.size(), to);
        made_.push_back(std::move(mutant));
      }
  }

  void mutate_item(const DetectionItem& item, const ItemUse& use) {
    if (use.holding) {
      mutate_operator(item);
      if (!item.keyword) {
        DetectionItem renamed = item;
        renamed.field += "_";
        add("field", std::move(renamed));
      }
    }
    for (std::size_t i = 0; i < item.values.size(); ++i)
      if (use.values[i]) mutate_value(item, i);
    if (!use.failing) return;
    if (has_modifier(item, "all")) add("`all` dropped", with_modifier(item, "all", ""));
    Mutant mutant{"item removed", item.field, false, rule_};
    auto& items = mutant.document.selections[place_.selection].alternatives[place_.alternative];
    items.erase(items.begin() + static_cast<std::ptrdiff_t>(place_.item));
    if (!items.empty()) made_.push_back(std::move(mutant));
  }

  /// `contains` for `endswith` and the like are left out: hardly an event holds the text elsewhere only. The
  /// tables of matching_test.cc do.
  void mutate_operator(const DetectionItem& item) {
    constexpr std::pair<std::string_view, std::string_view> kOperators[] = {{"contains", "startswith"},
                                                                            {"contains", "endswith"},
                                                                            {"startswith", "endswith"},
                                                                            {"endswith", "startswith"},
                                                                            {"gt", "lt"},
                                                                            {"gte", "lt"},
                                                                            {"lt", "gte"},
                                                                            {"lte", "gt"}};
    for (const auto& [from, to] : kOperators)
      if (has_modifier(item, from)) add("operator", with_modifier(item, from, to));
    if (!item.keyword)
      add("negation",
          has_modifier(item, "neq") ? with_modifier(item, "neq", "") : with_modifier(item, "", "neq"));
    if (item.values.size() > 1 && !has_modifier(item, "all"))
      add("`all` added", with_modifier(item, "", "all"));
  }

  void mutate_value(const DetectionItem& item, std::size_t index) {
    const RuleScalar& value = item.values[index];
    if (item.values.size() > 1 && !has_modifier(item, "all")) {
      DetectionItem fewer = item;
      fewer.values.erase(fewer.values.begin() + static_cast<std::ptrdiff_t>(index));
      add("value removed", std::move(fewer));
    }
    if (value.type == RuleScalar::Type::Number) {
      YamlNode number;
      number.kind = YamlNode::Kind::Scalar;
      number.plain = true;
      number.text = std::to_string(std::atoll(value.text.c_str()) + 1);
      DetectionItem other = item;
      other.values[index] = read_scalar(number);
      add("number + 1", std::move(other));
    } else if (value.type == RuleScalar::Type::Text) {
      // The middle letter or digit: not one that a wildcard or an escape hangs on.
      std::size_t at = value.text.size() / 2;
      while (at < value.text.size() && std::isalnum(static_cast<unsigned char>(value.text[at])) == 0) ++at;
      if (at == value.text.size()) return;
      DetectionItem other = item;
      char& letter = other.values[index].text[at];
      const char before = std::exchange(letter, letter == '7' ? '4' : '7');
      add("character", other);
      if (std::isalpha(static_cast<unsigned char>(before)) == 0) return;
      // Most rules are spelled as the events are, so the letter's case changes too.
      letter = static_cast<char>(before ^ ('a' ^ 'A'));
      add("`cased` added", with_modifier(std::move(other), "", "cased"));
    }
  }

  void add(std::string kind, DetectionItem item) {
    Mutant mutant{std::move(kind), item.field, false, rule_};
    for (const ModifierUse& modifier : item.modifiers) mutant.what += "|" + modifier.name;
    mutant.document.selections[place_.selection].alternatives[place_.alternative][place_.item] =
        std::move(item);
    made_.push_back(std::move(mutant));
  }

  const DetectionDocument& rule_;
  const RuleUse& use_;
  Place place_;
  std::vector<Mutant> made_;
};

}  // namespace

RuleUse::RuleUse(const CompiledRule& rule) {
  for (const Selection& selection : rule.selections) {
    auto& alternatives = items_.emplace_back();
    for (const auto& alternative : selection.alternatives) {
      auto& items = alternatives.emplace_back();
      for (const Item& item : alternative) items.emplace_back().values.assign(item.values.size(), false);
    }
  }
}

void RuleUse::add(const CompiledRule& rule, EventView& event) {
  std::vector<bool> holds;
  for (const Selection& selection : rule.selections) holds.push_back(evaluate(selection, event));
  const bool matches = verdict(rule, holds);
  verdicts_.emplace(holds, matches);
  for (std::size_t s = 0; s < rule.selections.size(); ++s) {
    std::vector<bool> otherwise = holds;
    otherwise[s] = !holds[s];
    if (verdict(rule, otherwise) == matches) continue;
    const auto& alternatives = rule.selections[s].alternatives;
    const auto fails = [&](const Item& item) { return !evaluate(item, event); };
    const auto failing = [&](const std::vector<Item>& items) {
      return std::count_if(items.begin(), items.end(), fails);
    };
    const auto holding = std::count_if(alternatives.begin(), alternatives.end(),
                                       [&](const std::vector<Item>& items) { return failing(items) == 0; });
    if (holding > 1) continue;
    auto uses = items_[s].begin();
    for (const std::vector<Item>& items : alternatives) {
      std::vector<ItemUse>& uses_of_items = *uses++;
      const auto count = failing(items);
      if (count != (holding == 1 ? 0 : 1)) continue;
      for (std::size_t i = 0; i < items.size(); ++i) {
        const Item& item = items[i];
        ItemUse& use = uses_of_items[i];
        if (count == 0) {
          use.holding = true;
          mark_values(item, event, use);
        } else if (fails(item)) {
          use.failing = true;
        }
      }
    }
  }
}

bool RuleUse::verdict_changes(const CompiledRule& rule) const {
  return std::any_of(verdicts_.begin(), verdicts_.end(),
                     [&](const auto& seen) { return verdict(rule, seen.first) != seen.second; });
}

std::optional<CompiledRule> compile_document(const DetectionDocument& document, FieldTable& fields) {
  const RuleValues no_values;
  Placeholders placeholders(no_values);
  Findings findings("mutant");
  return compile_detection(document, fields, {placeholders}, findings);
}

std::vector<Mutant> mutants_of(const DetectionDocument& rule, const RuleUse& use) {
  std::vector<Mutant> made = Mutator(rule, use).make();
  std::erase_if(made, [&](const Mutant& mutant) {
    FieldTable fields;
    const std::optional<CompiledRule> compiled = compile_document(mutant.document, fields);
    return !compiled || (mutant.condition && !use.verdict_changes(*compiled));
  });
  return made;
}

}  // namespace countersign::testing
