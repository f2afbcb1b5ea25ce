// SPDX-License-Identifier: Apache-2.0
// Where in a value a pattern was found.
#include <gtest/gtest.h>

#include "rules/explain.h"
#include "tests/unit/rules/rule_testing.h"

namespace countersign::testing {
namespace {

ExplainedLeaf explain_leaf(const std::string& item, const std::vector<EventField>& fields) {
  const RuleLoad load = load_rule_text("rule.yml", rule_with("s:\n  " + item + "\ncondition: s"));
  for (const Diagnostic& finding : load.findings)
    if (finding.severity == Severity::Error) ADD_FAILURE() << to_string(finding);
  Event event;
  fill(event, fields);
  return Explainer(load.rules).explain(0, event).selections.at(0).alternatives.at(0).items.at(0).leaves.at(0);
}

/// The value in which it was found with the place in brackets; without them when it holds without a place.
std::string marked(const std::string& item, const std::vector<EventField>& fields) {
  const ExplainedLeaf leaf = explain_leaf(item, fields);
  if (!leaf.found) return "nothing";
  std::string out = leaf.found->text;
  if (!leaf.span) return out;
  out.insert(leaf.span->end, "]");
  out.insert(leaf.span->begin, "[");
  return out;
}

TEST(ExplainSpan, EachOperatorMarksWhatItFound) {
  const struct {
    const char* item;
    std::string_view value;
    std::string_view marked;
  } rows[] = {
      {"a: cmd", "CMD", "[CMD]"},
      {"a: ''", "", "[]"},
      {"a|contains: cmd", "a Cmd cmd", "a [Cmd] cmd"},
      {"a|startswith: cmd", "cmd.exe", "[cmd].exe"},
      {"a|endswith: exe", "exe.EXE", "exe.[EXE]"},
      {"a|contains|cased: Cmd", "cmd Cmd", "cmd [Cmd]"},
      {"a|re: 'c.d'", "a CMD cad cbd", "a CMD [cad] cbd"},
      {"a|re|i: '^(a) c.d'", "a CMD cad", "[a CMD] cad"},
      {"a|re: '.{3,}'", "ab\ncdefg", "ab\n[cde]fg"},
      {"a|re: 'x*'", "abc", "[]abc"},
      {"a|windash|contains: ' -x '", "p /y /x z", "p /y[ /x ]z"},
      {"a|base64offset|contains: foobar", "xxx Zvb2Jhc yyy", "xxx [Zvb2Jhc] yyy"},
      {"a|base64|contains: foob", "xxx Zm9vYg== yyy", "xxx [Zm9vYg==] yyy"},
      {"a: 5", "5", "[5]"},
      {"a: true", "TRUE", "[TRUE]"},
      {"a|cidr: 10.0.0.0/8", "10.1.2.3", "10.1.2.3"},
      {"a|gt: 5", "6", "6"},
      {"a|hour: 3", "2024-01-02T03:04:05Z", "2024-01-02T03:04:05Z"},
      {"a|exists: true", "x", "x"},
      {"a: other", "x", "nothing"},
  };
  for (const auto& row : rows) EXPECT_EQ(marked(row.item, {{"a", text(row.value)}}), row.marked) << row.item;
}

TEST(ExplainSpan, WildcardsAtTheEndsTakeNothing) {
  const struct {
    const char* pattern;
    std::string_view value;
    std::string_view marked;
  } rows[] = {
      {"*", "abc", "[abc]"},
      {"a*c", "abbc", "[abbc]"},
      {"*b*d*", "abcdbd", "a[bcd]bd"},
      {"*b*d", "abdbd", "a[bdbd]"},
      {"*b?d*", "abd bcd e", "abd [bcd] e"},
      {"*?d*", "abd", "a[bd]"},
      {"b*d*", "bcdcd", "[bcd]cd"},
      {"*?*", "abc", "[a]bc"},
      {"*b?", "abbc", "ab[bc]"},
      {"*aab*", "aaaab", "aa[aab]"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(marked("a: '" + std::string(row.pattern) + "'", {{"a", text(row.value)}}), row.marked)
        << row.pattern;
}

// U+212A (Kelvin sign, three bytes) folds to k; U+023A (two bytes) folds to U+2C65 (three).
TEST(ExplainSpan, FoldedCharactersOfOtherLengthsAreMarkedInTheValueAsItIs) {
  const struct {
    const char* item;
    std::string_view value;
    std::string_view marked;
  } rows[] = {
      {"a|contains: kb", "\u212A\u023A \u212AB\u212A", "\u212A\u023A [\u212AB]\u212A"},
      {"a|contains: 'x\u2C65y'", "\u212A\u023Ax\u023AY\u212A", "\u212A\u023A[x\u023AY]\u212A"},
      {"a|startswith: 'k\u2C65'", "\u212A\u023Ax", "[\u212A\u023A]x"},
      {"a|endswith: 'k\u2C65'", "\u023A\u212A\u023A", "\u023A[\u212A\u023A]"},
      {"a: '*k?x*'", "\u023A\u212A\u023AX\u212A", "\u023A[\u212A\u023AX]\u212A"},
      {"a|re: '(?i)x.'", "\u212AX\u023A\u212A", "\u212A[X\u023A]\u212A"},
      {"a|cased|contains: '\u023A'", "\u212Ab\u023Ac", "\u212Ab[\u023A]c"},
  };
  for (const auto& row : rows) EXPECT_EQ(marked(row.item, {{"a", text(row.value)}}), row.marked) << row.item;
}

TEST(ExplainSpan, KeywordsAreMarkedInTheFirstValueThatHasThem) {
  EXPECT_EQ(marked("- needle", {{"a", text("hay")}, {"b", text("a Needle!")}}), "a [Needle]!");
  EXPECT_EQ(marked("- 46", {{"a", number("4688")}}), "[46]88");
}

TEST(ExplainSpan, AFieldrefMarksTheOtherFieldsText) {
  const EventField other{"b", text("CMD")};
  EXPECT_EQ(marked("a|fieldref: b", {{"a", text("cmd")}, other}), "[cmd]");
  EXPECT_EQ(marked("a|fieldref|contains: b", {{"a", text("x cmd y")}, {"b", text("z")}, other}), "x [cmd] y");
  EXPECT_EQ(marked("a|fieldref|endswith|cased: b", {{"a", text("CMDCMD")}, other}), "CMD[CMD]");
  EXPECT_EQ(marked("a|fieldref: b", {{"a", number("5")}, {"b", number("5.0")}}), "5");
}

TEST(ExplainSpan, NumbersAreMarkedOnlyAsTexts) {
  EXPECT_EQ(marked("a: 5", {{"a", number("5")}}), "5");
  EXPECT_EQ(marked("a|contains: '46'", {{"a", number("14688")}}), "1[46]88");
}

TEST(ExplainSpan, ARegularExpressionMarksNothingBeyondWhatItSees) {
  const std::string value = std::string(64 * 1024 - 2, '.') + "abcd";
  EXPECT_EQ(explain_leaf("a|re: 'ab'", {{"a", text(value)}}).span, (TextSpan{64 * 1024 - 2, 64 * 1024}));
  EXPECT_FALSE(explain_leaf("a|re: 'abc'", {{"a", text(value)}}).span);
}

}  // namespace
}  // namespace countersign::testing
