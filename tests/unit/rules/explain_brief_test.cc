// SPDX-License-Identifier: Apache-2.0
// Explanations that go with alerts: what they keep, and that they are never large.
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/limits.h"
#include "rules/explanation_json.h"
#include "tests/unit/rules/rule_testing.h"

namespace countersign::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Explanation explain_briefly(std::string_view detection, const std::vector<EventField>& fields) {
  const RuleLoad load = load_rule_text("rule.yml", rule_with(detection));
  for (const Diagnostic& finding : load.findings)
    if (finding.severity == Severity::Error) ADD_FAILURE() << to_string(finding);
  Event event;
  fill(event, fields);
  return Explainer(load.rules).explain_briefly(0, event);
}

ExplainedItem explain_item(const std::string& item, const std::vector<EventField>& fields) {
  return explain_briefly("s:\n  " + item + "\ncondition: s", fields)
      .selections.at(0)
      .alternatives.at(0)
      .items.at(0);
}

/// `field: [v0, v1, …]`
std::string item_of(const std::string& field, std::size_t values) {
  std::string out = field + ":";
  for (std::size_t i = 0; i < values; ++i) out += "\n    - v" + std::to_string(i);
  return out;
}

std::vector<std::string> patterns(const ExplainedItem& item) {
  std::vector<std::string> out;
  for (const ExplainedLeaf& leaf : item.leaves) out.push_back(leaf.pattern.value_or("null"));
  return out;
}

std::string bounded(const Explanation& explanation) {
  std::string out = bounded_explanation_json(explanation);
  EXPECT_LE(out.size(), kExplanationBytesMax);
  return out;
}

TEST(ExplainBrief, OfManyValuesThoseThatHoldAreTold) {
  const ExplainedItem item = explain_item(item_of("a", 2'000), {{"a", text("v1234")}});
  EXPECT_EQ(patterns(item), std::vector<std::string>{"v1234"});
  EXPECT_EQ(item.leaf_count, 2'000U);
  EXPECT_EQ(item.leaves.at(0).span, (TextSpan{0, 5}));
}

TEST(ExplainBrief, OfManyValuesThatFailTheFirstAreTold) {
  const ExplainedItem item = explain_item(item_of("a", 2'000), {{"a", text("x")}});
  EXPECT_EQ(patterns(item), (std::vector<std::string>{"v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7"}));
  EXPECT_EQ(item.leaf_count, 2'000U);
}

TEST(ExplainBrief, OfAllThatMustHoldThoseThatFailAreTold) {
  const ExplainedItem item = explain_item("a|contains|all: [x, y, z]", {{"a", text("x z")}});
  EXPECT_EQ(patterns(item), std::vector<std::string>{"y"});
  EXPECT_EQ(item.leaf_count, 3U);
  EXPECT_EQ(explain_item("a|contains|all: [x, y, z]", {{"a", text("x y z")}}).leaves.size(), 3U);
}

TEST(ExplainBrief, WhatHoldsIsBoundedToo) {
  const ExplainedItem item = explain_item(item_of("a|contains", 2'000), {{"a", text("v1 v2 v1999")}});
  EXPECT_LE(item.leaves.size(), kBriefHoldingLeavesMax);
  EXPECT_EQ(item.leaf_count, 2'000U);
}

TEST(ExplainBrief, ALongValueIsCutAroundThePlace) {
  std::string value(1'000'000, 'x');
  value.insert(700'000, "\u20ACNEEDLE\u20AC");
  const ExplainedItem item = explain_item("a|contains: needle", {{"a", text(value)}});
  const ExplainedLeaf& leaf = item.leaves.at(0);
  ASSERT_TRUE(leaf.found && leaf.span);
  EXPECT_TRUE(leaf.found->truncated);
  EXPECT_LE(leaf.found->text.size(), kBriefValueBytesMax);
  EXPECT_EQ(leaf.found->text.substr(leaf.span->begin, leaf.span->end - leaf.span->begin), "NEEDLE");
  EXPECT_EQ(value.substr(leaf.found->skipped, leaf.found->text.size()), leaf.found->text);
  EXPECT_EQ(item.values.at(0).text, std::string(kBriefValueBytesMax, 'x'));
  EXPECT_TRUE(item.values.at(0).truncated);
}

TEST(ExplainBrief, OfManyValuesOfTheEventTheFirstAreTold) {
  const std::vector<EventField> fields(100, {"a", text("x")});
  const ExplainedItem item = explain_item("a: x", fields);
  EXPECT_EQ(item.values.size(), kBriefValuesMax);
  EXPECT_EQ(item.value_count, 100U);
}

TEST(ExplanationJson, ASmallOneIsWhole) {
  const Explanation explanation = explain_briefly("s:\n  a|contains: b\ncondition: s", {{"a", text("xBx")}});
  EXPECT_EQ(bounded(explanation), "{" + explanation_members(explanation) + R"(,"truncated":false})");
  EXPECT_THAT(
      bounded(explanation),
      HasSubstr(R"("leaves":[{"pattern":"b","holds":true,"reason":"holds",)"
                R"("found":{"field":"a","type":"string","value":"xBx"},"span":[1,2]}],"leaf_count":1)"));
}

TEST(ExplanationJson, TextsThatAreTooLongAreCutMoreUntilAllFits) {
  std::string selection = "s:\n  a|contains|all:";
  std::string value;
  for (int i = 0; i < 30; ++i) {
    selection += "\n    - needle" + std::to_string(i) + "-";
    value += std::string(2'000, '.') + "needle" + std::to_string(i) + "-";
  }
  value += std::string(2'000, '.');
  const std::string json = bounded(explain_briefly(selection + "\ncondition: s", {{"a", text(value)}}));
  EXPECT_THAT(json, HasSubstr(R"("truncated":true})"));
  for (int i = 0; i < 30; ++i) {
    // The place is still within what is left of the value, which has 256 or 64 bytes.
    EXPECT_THAT(json, HasSubstr("needle" + std::to_string(i) + R"(-....)")) << i;
  }
}

TEST(ExplanationJson, WithoutRoomSelectionsThatDoNotHoldLoseTheirTestsFirst) {
  std::string detection;
  for (int i = 0; i < 60; ++i) {
    detection += (i % 20 == 7 ? "yes" : "no") + std::to_string(i) + ":\n";
    for (int j = 0; j < 3; ++j)
      detection += "  f" + std::to_string(j) + ": " + (i % 20 == 7 ? "x" : std::string(300, 'y')) + "\n";
  }
  const std::vector<EventField> fields = {{"f0", text("x")}, {"f1", text("x")}, {"f2", text("x")}};
  const std::string json = bounded(explain_briefly(detection + "condition: 1 of them", fields));
  for (const char* name : {"yes7", "yes27", "yes47"})
    EXPECT_THAT(json, HasSubstr("{\"name\":\"" + std::string(name) + R"(","holds":true,"alternatives":[)"));
  EXPECT_THAT(json, HasSubstr(R"({"name":"no0","holds":false,"alternatives":[)"));
  EXPECT_THAT(json, HasSubstr(R"({"name":"no59","holds":false,"alternatives":null})"));
  EXPECT_THAT(json, HasSubstr(R"("truncated":true})"));
}

TEST(ExplanationJson, NothingIsTooLargeForIt) {
  const std::string control(3'000, '\x01');  // six bytes each in JSON
  std::string detection;
  for (int i = 0; i < 3'000; ++i)
    detection += "selection_with_a_name_" + std::to_string(i) + ":\n  a: '" + std::string(2'000, 'v') + "'\n";
  const std::vector<EventField> fields(500, {"a", text(control)});
  Explanation explanation = explain_briefly(detection + "condition: not 1 of them", fields);
  for (int i = 0; i < 1'000; ++i) explanation.filters.push_back({control, control, true});
  for (int i = 0; i < 1'000; ++i) explanation.conditions.push_back({control, true});
  for (int i = 0; i < 1'000; ++i) explanation.event_log_sources.push_back({control, control, control});
  explanation.pack = control;
  explanation.rule_log_source = {control, control, control};
  const std::string json = bounded(explanation);
  EXPECT_THAT(json, HasSubstr(R"("truncated":true})"));
  EXPECT_THAT(json, HasSubstr(R"("name":"selection_with_a_name_0")"));
  EXPECT_THAT(json, Not(HasSubstr("selection_with_a_name_2999")));
}

}  // namespace
}  // namespace countersign::testing
