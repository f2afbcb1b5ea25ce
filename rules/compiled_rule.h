// SPDX-License-Identifier: Apache-2.0
// A rule ready to be matched: the author's structure with typed tests at the leaves. Names are kept, so that
// the tree can be explained. Immutable once built; any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/event.h"
#include "rules/network.h"
#include "rules/number.h"
#include "rules/pattern.h"
#include "rules/regex.h"
#include "rules/time_part.h"

namespace countersign {

/// Index into CompiledRules::fields.
using FieldId = std::uint32_t;

struct TextTest {
  Pattern pattern;
};
struct NumberTest {
  Number number;
  std::string folded_text;  // an event's text that spells the number like the rule does is equal to it
};
struct BoolTest {
  bool value = false;
};
struct NullTest {};  // absent or null
struct ExistsTest {
  bool expected = true;
};
struct RegexTest {
  Regex regex;
};
struct NetworkTest {
  Network network;
};
struct CompareTest {
  Comparison comparison = Comparison::Equal;
  Number operand;
};
struct TimePartTest {
  TimePart part = TimePart::Minute;
  Comparison comparison = Comparison::Equal;
  Number operand;
};
struct FieldTest {
  FieldId other = 0;
  bool open_start = false;  // contains, endswith
  bool open_end = false;    // contains, startswith
  bool cased = false;
};

/// Holds for one value of an event; NullTest and ExistsTest for the field.
using LeafTest = std::variant<TextTest, NumberTest, BoolTest, NullTest, ExistsTest, RegexTest, NetworkTest,
                              CompareTest, TimePartTest, FieldTest>;

/// `field|modifiers: values`.
struct Item {
  bool keyword = false;                       // no field: every leaf value of the event is tested
  FieldId field = 0;                          // when not keyword
  bool all = false;                           // every value of the rule must hold, else any
  bool negated = false;                       // neq: the field exists and the item does not hold
  std::vector<std::vector<LeafTest>> values;  // of one value of the rule the variants, any of which may hold
  std::string modifiers;                      // as written: `|contains|all`
  std::vector<std::string> texts;             // the values as written, beside `values`; empty for null
};

/// What a selection asks for: any of them, each a list of items that must all hold. Copies share them,
/// because the selections of one filter stand in every rule that it acts on.
class Alternatives {
 public:
  explicit Alternatives(std::vector<std::vector<Item>> items)
      : items_(std::make_shared<const std::vector<std::vector<Item>>>(std::move(items))) {}
  auto begin() const { return items_->begin(); }
  auto end() const { return items_->end(); }

 private:
  std::shared_ptr<const std::vector<std::vector<Item>>> items_;
};

/// A search identifier.
struct Selection {
  std::string name;
  Alternatives alternatives;
  std::optional<std::uint32_t> filter;  // index into CompiledRule::filters; empty: it is the rule's own
};

struct Expression {
  enum class Kind : std::uint8_t { And, Or, Not, OneOf, AllOf };
  Kind kind = Kind::OneOf;
  std::vector<Expression> children;       // And, Or, Not
  std::vector<std::uint32_t> selections;  // OneOf, AllOf: indices into CompiledRule::selections
};

/// A filter that acts on the rule.
struct JoinedFilter {
  std::string title;
  std::string text;  // its condition as written
};

struct CompiledRule {
  std::vector<Selection> selections;
  std::vector<Expression> conditions;  // any of them
  std::vector<std::string> texts;      // the rule's conditions as written, without those of filters
  std::vector<JoinedFilter> filters;   // with any, each condition is an And: the rule's own, then one of each
};

struct CompiledRules {
  std::vector<FieldKey> fields;
  std::vector<CompiledRule> rules;  // in the order of RuleSet::rules()
};

}  // namespace countersign
