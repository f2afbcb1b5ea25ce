// SPDX-License-Identifier: Apache-2.0
#include "rules/condition.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

std::string show(const Condition& condition) {
  std::string out;
  switch (condition.kind) {
    case Condition::Kind::Name: return condition.name;
    case Condition::Kind::OneOf: return "one(" + condition.name + ")";
    case Condition::Kind::AllOf: return "all(" + condition.name + ")";
    case Condition::Kind::And: out = "(and"; break;
    case Condition::Kind::Or: out = "(or"; break;
    case Condition::Kind::Not: out = "(not"; break;
  }
  for (const Condition& child : condition.children) out += " " + show(child);
  return out + ")";
}

TEST(Condition, PrecedenceIsOrThenAndThenNot) {
  struct Row {
    std::string_view text;
    std::string_view tree;
  };
  const Row rows[] = {
      {"a", "a"},
      {"a or b and c", "(or a (and b c))"},
      {"a and b or c", "(or (and a b) c)"},
      {"a or b or c", "(or a b c)"},
      {"not a and b", "(and (not a) b)"},
      {"not a or b", "(or (not a) b)"},
      {"not (a or b)", "(not (or a b))"},
      {"not not a", "a"},
      {"not not not a", "(not a)"},
      {"a and not not b", "(and a b)"},
      {"(a or b) and c", "(and (or a b) c)"},
      {"((a))", "a"},
      {"1 of them", "one(them)"},
      {"any of them", "one(them)"},
      {"all of sel*", "all(sel*)"},
      {"1 of *sel* and not all of filter_*", "(and one(*sel*) (not all(filter_*)))"},
      {"not 1 of f* or a", "(or (not one(f*)) a)"},
      {"A AND b Or NOT c", "(or (and A b) (not c))"},
      {"ALL OF Them", "all(them)"},
      {"a\n  and\tb", "(and a b)"},
      {"(a)and(b)", "(and a b)"},
      {"sel-1 and sel_2", "(and sel-1 sel_2)"},
      {"1_sel and all_sel", "(and 1_sel all_sel)"},
  };
  for (const Row& row : rows) {
    const ParsedCondition parsed = parse_condition(row.text);
    ASSERT_TRUE(parsed.root) << row.text << ": " << parsed.errors.front().message;
    EXPECT_TRUE(parsed.errors.empty()) << row.text;
    EXPECT_EQ(show(*parsed.root), row.tree) << row.text;
  }
}

TEST(Condition, KeywordsAreWholeWords) {
  const ParsedCondition parsed = parse_condition("selection and notable or android");
  ASSERT_TRUE(parsed.root);
  EXPECT_EQ(show(*parsed.root), "(or (and selection notable) android)");
}

TEST(Condition, ErrorsSayWhereAndWhatWasFound) {
  struct Row {
    std::string_view text;
    std::string_view code;
    std::size_t offset;
    std::string_view message;
  };
  constexpr std::string_view kOperand = "expected a selection, `not`, `1 of`, `all of` or `(`";
  const Row rows[] = {
      {"", "condition.syntax", 0, "expected a selection, `not`, `1 of`, `all of` or `(`, found the end"},
      {"a and", "condition.syntax", 5, "found the end"},
      {"a b", "condition.syntax", 2, "expected `and`, `or` or the end, found `b`"},
      {"and a", "condition.syntax", 0, kOperand},
      {"a and or b", "condition.syntax", 6, "found `or`"},
      {"(a", "condition.syntax", 2, "expected `and`, `or` or `)`, found the end"},
      {"a)", "condition.syntax", 1, "expected `and`, `or` or the end, found `)`"},
      {"a & b", "condition.syntax", 2, "found `&`"},
      {"a and ü", "condition.syntax", 6, "found `ü`"},
      {"sel*", "condition.syntax", 0, "stands without a quantifier"},
      {"1 of", "condition.syntax", 4, "expected `them` or a selection pattern"},
      {"1 of and", "condition.syntax", 5, "expected `them` or a selection pattern"},
      {"2 of them", "condition.quantifier", 0, "`2 of` is no quantifier"},
      {"a and most of b*", "condition.quantifier", 6, "`most of` is no quantifier"},
      {"a | count() > 5", "condition.pipe", 2, "no longer part of Sigma"},
  };
  for (const Row& row : rows) {
    const ParsedCondition parsed = parse_condition(row.text);
    ASSERT_FALSE(parsed.errors.empty()) << row.text;
    const ConditionError& error = parsed.errors.front();
    EXPECT_EQ(error.code, row.code) << row.text;
    EXPECT_EQ(error.offset, row.offset) << row.text;
    EXPECT_NE(error.message.find(row.message), std::string::npos) << row.text << ": " << error.message;
  }
}

TEST(Condition, APipeNamesTheCorrelationThatReplacesIt) {
  struct Row {
    std::string_view text;
    std::string_view type;
  };
  const Row rows[] = {
      {"a | count() > 5", "event_count"},
      {"a | count() by host > 5", "event_count"},
      {"a | count(user) by host > 5", "value_count"},
      {"a | sum(bytes) > 5", "value_sum"},
      {"a | avg( bytes ) > 5", "value_avg"},
      {"a | near b", "temporal"},
      {"a | max(x) > 1", "value_percentile"},
  };
  for (const Row& row : rows) {
    const ParsedCondition parsed = parse_condition(row.text);
    ASSERT_EQ(parsed.errors.size(), 1U) << row.text;
    EXPECT_NE(parsed.errors.front().hint.find(row.type), std::string::npos) << parsed.errors.front().hint;
  }
}

TEST(Condition, ParenthesesHaveALimit) {
  const std::string deep = std::string(64, '(') + "a" + std::string(64, ')');
  EXPECT_TRUE(parse_condition(deep).root);
  const ParsedCondition deeper = parse_condition("(" + deep + ")");
  ASSERT_FALSE(deeper.errors.empty());
  EXPECT_EQ(deeper.errors.front().code, "condition.too_deep");
  std::string nots;
  for (int i = 0; i < 4'000; ++i) nots += "not ";
  EXPECT_TRUE(parse_condition(nots + "a").root) << "a chain of `not` needs no depth";
}

TEST(Condition, PatternsFitWholeNames) {
  struct Row {
    std::string_view pattern;
    std::string_view name;
    bool fits;
  };
  const Row rows[] = {
      {"sel*", "sel", true},        {"sel*", "selection", true}, {"sel*", "my_sel", false},
      {"*sel", "my_sel", true},     {"*sel", "sels", false},     {"*el*", "selection", true},
      {"s*n", "selection", true},   {"s*n", "sn", true},         {"s*x*n", "selection", false},
      {"sel", "sel", true},         {"sel", "sel1", false},      {"*", "anything", true},
      {"them", "anything", true},   {"them", "_hidden", false},  {"*", "_hidden", false},
      {"_*", "_hidden", true},      {"_h*", "_hidden", true},    {"*hidden", "_hidden", false},
      {"a*a", "a", false},          {"a*b*b", "ab", false},      {"a*b*b", "abb", true},
      {"Sel*", "selection", false},
  };
  for (const Row& row : rows)
    EXPECT_EQ(fits_pattern(row.pattern, row.name), row.fits) << row.pattern << " on " << row.name;
}

}  // namespace
}  // namespace countersign
