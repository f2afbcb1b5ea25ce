// SPDX-License-Identifier: Apache-2.0
// Which rules get a witness, and that one is always necessary: negations, null and what may be absent give
// none.
#include "rules/plan/witness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/rules/rule_testing.h"

namespace countersign::testing {
namespace {

/// The witnesses of the rule, each as kind and text, sorted; `always` without any.
std::string witnesses_of(std::string_view detection) {
  const RuleLoad load = load_rule_text("r.yml", rule_with(detection));
  for (const Diagnostic& finding : load.findings)
    if (finding.severity == Severity::Error) ADD_FAILURE() << to_string(finding);
  const RuleGraph graph(load.rules->compiled());
  const WitnessTable table(graph, load.rules->compiled().fields);
  const auto& ids = table.of_rules().at(0);
  if (!ids) return "always";
  std::vector<std::string> out;
  for (const WitnessId id : *ids) {
    const Witness& witness = table.witnesses()[id];
    out.push_back(std::string(1, "=^$*kn/"[static_cast<int>(witness.kind)]) + witness.text +
                  (witness.exact == kNoNode ? "~" : ""));
  }
  std::sort(out.begin(), out.end());
  std::string joined;
  for (const std::string& text : out) joined += (joined.empty() ? "" : " ") + text;
  return joined;
}

TEST(Witness, AndTakesTheMostSelectiveOrTakesAll) {
  EXPECT_EQ(witnesses_of("s: {f: Abcdef}\ncondition: s"), "=abcdef");
  EXPECT_EQ(witnesses_of("s: {'f|endswith': '.exe', 'g|startswith': a-long-prefix}\ncondition: s"),
            "^a-long-prefix");
  EXPECT_EQ(witnesses_of("s: {'f|contains': [abcdef, ghijkl]}\ncondition: s"), "*abcdef *ghijkl");
  EXPECT_EQ(witnesses_of("s: {'f|contains|all': [abcdef, x]}\ncondition: s"), "*abcdef");
  EXPECT_EQ(witnesses_of("a: {f: abcdef}\nb: {g: ghijkl}\ncondition: a or b"), "=abcdef =ghijkl");
  EXPECT_EQ(witnesses_of("s: {f: [7, 10]}\ncondition: s"), "n10 n7");
}

TEST(Witness, WhatMayHoldWithoutAFieldGivesNone) {
  EXPECT_EQ(witnesses_of("s: {f: abcdef}\ncondition: not s"), "always");
  EXPECT_EQ(witnesses_of("s: {f: null}\ncondition: s"), "always");
  EXPECT_EQ(witnesses_of("s: {'f|exists': false}\ncondition: s"), "always");
  EXPECT_EQ(witnesses_of("a: {f: abcdef}\nb: {g: null}\ncondition: a or b"), "always");
  EXPECT_EQ(witnesses_of("s: {'f|neq': abcdef}\ncondition: s"), "always");
  EXPECT_EQ(witnesses_of("s: {'f|gt': 7}\ncondition: s"), "always");
  EXPECT_EQ(witnesses_of("s: {f: '*'}\ncondition: s"), "always");
}

TEST(Witness, NegationsAreResolved) {
  EXPECT_EQ(witnesses_of("a: {f: abcdef}\ncondition: not (not a)"), "=abcdef");
  EXPECT_EQ(witnesses_of("a: {f: abcdef}\nb: {g: ghijkl}\ncondition: not (not a or b)"), "=abcdef");
  EXPECT_EQ(witnesses_of("a: {f: abcdef}\nb: {g: ghijkl}\ncondition: not (not a and not b)"),
            "=abcdef =ghijkl");
}

TEST(Witness, PartsOfPatternsAreNecessaryButNotEnough) {
  EXPECT_EQ(witnesses_of("s: {f: 'abc*defgh?i'}\ncondition: s"), "*defgh~");
  EXPECT_EQ(witnesses_of("s: {'f|cased': AbcDef}\ncondition: s"), "=abcdef~");
  EXPECT_EQ(witnesses_of("s: {'f|re': 'Abc[0-9]+defgh'}\ncondition: s"), "*defgh~");
  EXPECT_EQ(witnesses_of("s: [Abcdef]\ncondition: s"), "kabcdef~");
  const std::string longer(100, 'x');
  EXPECT_EQ(witnesses_of("s: {'f|contains': " + longer + "}\ncondition: s"),
            "*" + longer.substr(0, kSearchBytesMax) + "~");
}

}  // namespace
}  // namespace countersign::testing
