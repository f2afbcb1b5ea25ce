// SPDX-License-Identifier: Apache-2.0
#include "rules/explain.h"

#include <gtest/gtest.h>

#include "tests/unit/rules/rule_testing.h"

namespace countersign::testing {
namespace {

Explanation explain(std::string_view detection, const std::vector<EventField>& fields) {
  const RuleLoad load = load_rule_text("rule.yml", rule_with(detection));
  for (const Diagnostic& finding : load.findings)
    if (finding.severity == Severity::Error) ADD_FAILURE() << to_string(finding);
  Event event;
  fill(event, fields);
  return Explainer(load.rules).explain(0, event);
}

/// Of a detection with one selection of one item of one value.
ExplainedItem explain_item(const std::string& item, const std::vector<EventField>& fields) {
  return explain("s:\n  " + item + "\ncondition: s", fields).selections.at(0).alternatives.at(0).items.at(0);
}

TEST(Explain, EachReasonIsNamed) {
  const struct {
    const char* item;
    std::vector<EventField> fields;
    std::string_view reason;
  } rows[] = {
      {"a: x", {{"a", text("X")}}, "holds"},
      {"a: x", {{"a", text("y")}}, "differs"},
      {"a|cased: x", {{"a", text("X")}}, "differs_in_case"},
      {"a|cased: x", {{"a", text("y")}}, "differs"},
      {"a|cased: x", {{"a", text("y")}, {"a", text("X")}}, "differs_in_case"},
      {"a|contains|cased: 'x?z*k'", {{"a", text("aXyzK")}}, "differs_in_case"},
      {"a|windash|contains|cased: '-Enc'", {{"a", text("p /enc")}}, "differs_in_case"},
      {"a|re: 'x.z'", {{"a", text("XYZ")}}, "differs_in_case"},
      {"a|re|i: 'x.z'", {{"a", text("xy")}}, "differs"},
      {"a|re: '.{3,}'", {{"a", text("xy")}}, "differs"},
      {"a|fieldref|cased: b", {{"a", text("x")}, {"b", text("X")}}, "differs_in_case"},
      {"a|fieldref: b", {{"a", text("x")}, {"b", text("X")}}, "holds"},
      {"a|re: x", {{"a", null()}}, "no_text"},
      {"a: x", {}, "field_missing"},
      {"a: x", {{"a", null()}}, "no_text"},
      {"a: x", {{"a", container(ValueType::Object)}}, "no_text"},
      {"a|re: x", {{"a", null()}}, "no_text"},
      {"a|gt: 5", {{"a", text("six")}}, "no_number"},
      {"a|gt: 5", {{"a", text("4")}}, "differs"},
      {"a|gt: 5", {{"a", number("6")}}, "holds"},
      {"a|cidr: 10.0.0.0/8", {{"a", text("host")}}, "no_address"},
      {"a|cidr: 10.0.0.0/8", {{"a", text("11.0.0.1")}}, "differs"},
      {"a|hour: 5", {{"a", text("noon")}}, "no_date"},
      {"a|fieldref: b", {{"a", text("x")}}, "other_field_missing"},
      {"a|fieldref: b", {{"a", text("x")}, {"b", text("y")}}, "differs"},
      {"a: null", {}, "holds"},
      {"a: null", {{"a", text("x")}}, "differs"},
      {"a|exists: true", {}, "field_missing"},
      {"a|exists: false", {{"a", text("x")}}, "differs"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(to_string(explain_item(row.item, row.fields).leaves.at(0).reason), row.reason) << row.item;
}

TEST(Explain, ItemsShowWhatRuleAndEventSay) {
  const ExplainedItem item = explain_item("Image|contains|all: [cmd, '*.EXE']",
                                          {{"Image", text("a.com")}, {"Image", text("cmd.com")}});
  EXPECT_EQ(item.field, "Image");
  EXPECT_EQ(item.modifiers, "|contains|all");
  EXPECT_TRUE(item.all);
  EXPECT_FALSE(item.holds);
  EXPECT_EQ(item.value_count, 2U);
  ASSERT_EQ(item.leaves.size(), 2U);
  EXPECT_EQ(item.leaves[0].pattern, "cmd");
  ASSERT_TRUE(item.leaves[0].found);
  EXPECT_EQ(item.leaves[0].found->text, "cmd.com");
  EXPECT_EQ(item.leaves[1].pattern, "*.EXE");
  EXPECT_FALSE(item.leaves[1].found);
}

TEST(Explain, AMissingFieldSuggestsTheOneThatIsSpelledNearlySo) {
  EXPECT_EQ(explain_item("usr: x", {{"user", text("x")}, {"host", text("x")}}).similar_field, "user");
  EXPECT_EQ(explain_item("Srcip: x", {{"srcip", text("x")}}).similar_field, "srcip");
  EXPECT_EQ(explain_item("other: x", {{"user", text("x")}}).similar_field, "");
}

TEST(Explain, KeywordsNameTheFieldWhereTheyAreFound) {
  const ExplainedItem item = explain_item("- needle", {{"a", text("hay")}, {"b", text("a Needle!")}});
  EXPECT_TRUE(item.keyword);
  ASSERT_TRUE(item.leaves.at(0).found);
  EXPECT_EQ(item.leaves[0].found->field, "b");
}

TEST(Explain, AKeywordMayDifferInCaseAlone) {
  const std::string items = "'|cased':\n    - Needle\n    - Hay";
  const ExplainedItem item = explain_item(items, {{"b", text("a needle")}});
  EXPECT_EQ(item.leaves.at(0).reason, LeafReason::DiffersInCase);
  EXPECT_EQ(item.leaves.at(1).reason, LeafReason::Differs);
}

TEST(Explain, ManyValuesAreCounted) {
  std::vector<EventField> fields(100, {"a", text("x")});
  const ExplainedItem item = explain_item("a: y", fields);
  EXPECT_EQ(item.value_count, 100U);
  EXPECT_EQ(item.values.size(), kExplainedValuesMax);
}

TEST(Explain, ObstaclesAreTheSelectionsThatDecide) {
  const struct {
    std::string condition;
    std::string obstacles;  // name, with `!` when it must not hold
  } rows[] = {
      {"yes", ""},
      {"no1", "no1 "},
      {"yes and no1", "no1 "},
      {"no1 or no2", "no1 no2 "},
      {"yes and not yes", "!yes "},
      {"not (yes or no1)", "!yes "},
      {"not not no1", "no1 "},
      {"all of no*", "no1 no2 "},
      {"yes and not 1 of yes*", "!yes "},
      {"not all of yes*", "!yes "},
  };
  for (const auto& row : rows) {
    const Explanation out =
        explain("yes:\n  a: x\nno1:\n  a: y\nno2:\n  b: x\ncondition: " + row.condition, {{"a", text("x")}});
    std::string obstacles;
    for (const Obstacle& obstacle : out.obstacles)
      obstacles += (obstacle.wanted ? "" : "!") + out.selections[obstacle.selection].name + " ";
    EXPECT_EQ(obstacles, row.obstacles) << row.condition;
    EXPECT_EQ(out.conditions.at(0).text, row.condition);
  }
}

TEST(Explain, ALogSourceThatDiffersIsTold) {
  const RuleLoad load = load_rule_text(
      "rule.yml",
      "title: T\nlevel: low\nlogsource:\n  category: other\ndetection:\n  s:\n    a: x\n  condition: s\n");
  Event event;
  fill(event, {{"a", text("x")}});
  const Explanation out = Explainer(load.rules).explain(0, event);
  EXPECT_FALSE(out.matches);
  EXPECT_FALSE(out.log_source_covered);
  EXPECT_TRUE(out.conditions.at(0).holds);
  EXPECT_EQ(out.rule_log_source.category, "other");
  EXPECT_EQ(out.pack, "test-pack");
  EXPECT_EQ(out.event_log_sources, test_class().log_sources);
  event.set_event_class(nullptr);
  EXPECT_TRUE(Explainer(load.rules).explain(0, event).pack.empty());
}

}  // namespace
}  // namespace countersign::testing
