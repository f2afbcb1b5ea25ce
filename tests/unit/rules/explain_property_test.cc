// SPDX-License-Identifier: Apache-2.0
// Explanations end as the interpreter does, on random rules and random events. COUNTERSIGN_LONG=1 runs more.
#include <algorithm>
#include <cstdlib>

#include <gtest/gtest.h>

#include "tests/unit/rules/explaining.h"
#include "tests/unit/rules/random_rules.h"

namespace countersign::testing {
namespace {

TEST(ExplainProperty, TheOutcomeIsTheInterpretersOnRandomRulesAndEvents) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomRules random(seed);
  std::size_t matched = 0;
  for (int round = 0; round < (std::getenv("COUNTERSIGN_LONG") != nullptr ? 1'000 : 60); ++round) {
    const std::string text = random.rules(30);
    const RuleLoad load = load_rule_text("random.yml", text);
    Interpreter interpreter(load.rules);
    Explainer explainer(load.rules);
    Event event;
    std::deque<std::string> texts;
    std::vector<std::uint32_t> expected;
    for (int i = 0; i < 20; ++i) {
      texts.clear();
      random.fill_event(event, texts);
      interpreter.match(event, expected);
      matched += expected.size();
      for (std::uint32_t rule = 0; rule < load.rules->rules().size(); ++rule) {
        const Explanation explanation = explainer.explain(rule, event);
        ASSERT_EQ(explanation.matches, std::binary_search(expected.begin(), expected.end(), rule)) << text;
        ASSERT_EQ(contradiction(explanation), "") << load.rules->rules()[rule].id.value << "\n" << text;
      }
    }
  }
  EXPECT_GT(matched, 100U);
}

}  // namespace
}  // namespace countersign::testing
