// SPDX-License-Identifier: Apache-2.0
#include "rules/evaluate.h"

#include <algorithm>

namespace countersign {
namespace {

bool fits(std::string_view text, std::string_view part, const FieldTest& test) {
  if (test.open_start && test.open_end) return text.find(part) != std::string_view::npos;
  if (test.open_start) return text.ends_with(part);
  if (test.open_end) return text.starts_with(part);
  return text == part;
}

/// Tests against the value at `index`; what asks for the field itself is answered before values are looked
/// at.
struct ValueTester {
  EventView& event;
  std::uint32_t index;
  const Value& value;

  bool operator()(const TextTest& test) const {
    if (!has_text(value)) return false;
    if (test.pattern.cased()) return test.pattern.matches(value.text);
    const Pattern::Shape shape = test.pattern.shape();
    const bool searches = shape == Pattern::Shape::Contains || shape == Pattern::Shape::Tokens;
    const BigramSet* pairs = searches ? event.pairs(index) : nullptr;
    if (pairs != nullptr && !test.pattern.may_match(*pairs)) return false;
    return test.pattern.matches(event.folded(index));
  }
  bool operator()(const NumberTest& test) const {
    if (value.type == ValueType::String) return event.folded(index) == test.folded_text;
    const std::optional<Number> number = number_of(value);
    return number && compare(*number, test.number) == 0;
  }
  bool operator()(const BoolTest& test) const {
    if (value.type == ValueType::Bool) return (value.integer != 0) == test.value;
    return value.type == ValueType::String && event.folded(index) == (test.value ? "true" : "false");
  }
  bool operator()(const NullTest& /*test*/) const { return value.type == ValueType::Null; }
  bool operator()(const ExistsTest& test) const { return test.expected; }
  bool operator()(const NetworkTest& test) const {
    if (value.type != ValueType::String) return false;
    const std::optional<Address> address = parse_address(value.text);
    return address && test.network.contains(*address);
  }
  bool operator()(const CompareTest& test) const {
    const std::optional<Number> number = number_or_numeric_text(value);
    return number && holds(test.comparison, compare(*number, test.operand));
  }
  bool operator()(const TimePartTest& test) const {
    const std::optional<Timestamp> date = date_of(value);
    if (!date) return false;
    return holds(test.comparison, compare(integer_number(part_of(*date, test.part)), test.operand));
  }
  bool operator()(const FieldTest& test) const {
    if (!has_text(value)) return false;
    return event.any_value(test.other, [&](std::uint32_t other_index) {
      const Value& other = event.value(other_index);
      if (!has_text(other)) return false;
      const std::optional<Number> number = number_of(value);
      const std::optional<Number> other_number = number_of(other);
      if (number && other_number && !test.open_start && !test.open_end)
        return compare(*number, *other_number) == 0;
      return test.cased ? fits(value.text, other.text, test)
                        : fits(event.folded(index), event.folded(other_index), test);
    });
  }
  bool operator()(const RegexTest& test) const { return has_text(value) && test.regex.found_in(value.text); }
};

}  // namespace

bool test_value(const LeafTest& test, EventView& event, std::uint32_t index) {
  return std::visit(ValueTester{event, index, event.value(index)}, test);
}

namespace {

/// Any member of an array will do.
bool test_field(const LeafTest& test, FieldId field, EventView& event) {
  if (std::holds_alternative<NullTest>(test) && !event.has(field)) return true;
  if (const auto* exists = std::get_if<ExistsTest>(&test)) return event.has(field) == exists->expected;
  return event.any_value(field, [&](std::uint32_t index) { return test_value(test, event, index); });
}

/// Keywords look at every leaf value by itself, at texts and numbers, and never twice at one that a pack gave
/// a second name.
bool test_event(const LeafTest& test, EventView& event) {
  const std::span<const Field> fields = event.event().fields();
  for (std::uint32_t index = 0; index < fields.size(); ++index) {
    if (is_keyword_target(fields[index]) && test_value(test, event, index)) return true;
  }
  return false;
}

}  // namespace

bool test_leaf(const LeafTest& test, bool keyword, FieldId field, EventView& event) {
  return keyword ? test_event(test, event) : test_field(test, field, event);
}

bool test_variants(const std::vector<LeafTest>& variants, const Item& item, EventView& event) {
  return std::any_of(variants.begin(), variants.end(),
                     [&](const LeafTest& test) { return test_leaf(test, item.keyword, item.field, event); });
}

bool evaluate(const Item& item, EventView& event) {
  const auto value = [&](const std::vector<LeafTest>& variants) {
    return test_variants(variants, item, event);
  };
  const bool found = item.all ? std::all_of(item.values.begin(), item.values.end(), value)
                              : std::any_of(item.values.begin(), item.values.end(), value);
  if (!item.negated) return found;
  return event.has(item.field) && !found;
}

bool evaluate(const Selection& selection, EventView& event) {
  return std::any_of(selection.alternatives.begin(), selection.alternatives.end(),
                     [&](const std::vector<Item>& items) {
                       return std::all_of(items.begin(), items.end(),
                                          [&](const Item& item) { return evaluate(item, event); });
                     });
}

bool evaluate(const Expression& expression, const CompiledRule& rule, EventView& event) {
  const auto child = [&](const Expression& inner) { return evaluate(inner, rule, event); };
  const auto selection = [&](std::uint32_t index) { return evaluate(rule.selections[index], event); };
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

bool evaluate(const CompiledRule& rule, EventView& event) {
  return std::any_of(rule.conditions.begin(), rule.conditions.end(),
                     [&](const Expression& condition) { return evaluate(condition, rule, event); });
}

}  // namespace countersign
