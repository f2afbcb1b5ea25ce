// SPDX-License-Identifier: Apache-2.0
#include "rules/leaf_span.h"

#include "core/case_fold.h"
#include "rules/evaluate.h"

namespace countersign {
namespace {

struct SpanFinder {
  EventView& event;
  std::uint32_t index;
  const Value& value;

  std::optional<TextSpan> operator()(const TextTest& test) const { return place_of(test.pattern); }
  std::optional<TextSpan> operator()(const RegexTest& test) const {
    return has_text(value) ? test.regex.place_in(value.text) : std::nullopt;
  }
  std::optional<TextSpan> operator()(const FieldTest& test) const {
    std::optional<TextSpan> found;
    event.any_value(test.other, [&](std::uint32_t other) {
      if (has_text(event.value(other))) found = place_of(pattern_of(test, event.value(other).text));
      return found.has_value();
    });
    return found;
  }
  // A text that spells the number or the boolean does so as a whole.
  std::optional<TextSpan> operator()(const NumberTest& test) const { return whole_text(test); }
  std::optional<TextSpan> operator()(const BoolTest& test) const { return whole_text(test); }
  template <class Test>
  std::optional<TextSpan> operator()(const Test& /*test*/) const {
    return std::nullopt;
  }

 private:
  template <class Test>
  std::optional<TextSpan> whole_text(const Test& test) const {
    if (value.type != ValueType::String || !test_value(test, event, index)) return std::nullopt;
    return TextSpan{0, value.text.size()};
  }

  static Pattern pattern_of(const FieldTest& test, std::string_view other) {
    SigmaString text = SigmaString::literal(std::string(other));
    if (test.open_start) text.open_start();
    if (test.open_end) text.open_end();
    return {text, test.cased};
  }

  std::optional<TextSpan> place_of(const Pattern& pattern) const {
    if (!has_text(value)) return std::nullopt;
    if (pattern.cased()) return pattern.place_in(value.text);
    std::optional<TextSpan> place = pattern.place_in(event.folded(index));
    if (place)
      place = {place_before_folding(value.text, place->begin), place_before_folding(value.text, place->end)};
    return place;
  }
};

}  // namespace

std::optional<TextSpan> span_of(const LeafTest& test, EventView& event, std::uint32_t index) {
  return std::visit(SpanFinder{event, index, event.value(index)}, test);
}

std::optional<LeafTest> without_case(const LeafTest& test) {
  if (const auto* text = std::get_if<TextTest>(&test); text != nullptr && text->pattern.cased())
    return TextTest{text->pattern.without_case()};
  if (const auto* regex = std::get_if<RegexTest>(&test)) return RegexTest{regex->regex.without_case()};
  const auto* field = std::get_if<FieldTest>(&test);
  if (field == nullptr || !field->cased) return std::nullopt;
  FieldTest uncased = *field;
  uncased.cased = false;
  return uncased;
}

}  // namespace countersign
