// SPDX-License-Identifier: Apache-2.0
// The compiled plan finds what the interpreter finds: random rules against random events.
// COUNTERSIGN_LONG=1 runs millions of cases.
#include <cstdlib>
#include <deque>
#include <random>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/unit/rules/random_rules.h"

namespace countersign::testing {
namespace {

TEST(PlanProperty, PlanAndInterpreterAgreeOnRandomRulesAndEvents) {
  const bool thorough = std::getenv("COUNTERSIGN_LONG") != nullptr;
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomRules generator(seed);
  std::size_t rules = 0;
  std::size_t matched = 0;
  std::size_t cases = 0;
  for (int round = 0; round < (thorough ? 4'000 : 250); ++round) {
    const std::string text = generator.rules(30);
    const RuleLoad load = load_rule_text("random.yml", text);
    rules += load.loaded;
    Interpreter interpreter(load.rules);
    Matcher matcher(plan_of(load.rules, {&test_class()}));
    Event event;
    std::deque<std::string> texts;
    std::vector<std::uint32_t> expected;
    std::vector<std::uint32_t> found;
    for (int i = 0; i < 100; ++i) {
      texts.clear();
      generator.fill_event(event, texts);
      interpreter.match(event, expected);
      matcher.match(event, found);
      cases += load.loaded;
      matched += expected.size();
      if (found == expected) continue;
      std::string shown;
      for (const Field& field : event.fields())
        shown += fmt::format("{}={}{} ", field.name, static_cast<int>(field.value.type), field.value.text);
      for (const std::uint32_t rule : found) shown += fmt::format("+{} ", load.rules->rules()[rule].id.value);
      for (const std::uint32_t rule : expected)
        shown += fmt::format("-{} ", load.rules->rules()[rule].id.value);
      FAIL() << shown << "\n" << text;
    }
  }
  EXPECT_GT(rules, 1'000U) << "most random rules load";
  EXPECT_GT(matched * 50, cases) << "random events match now and then";
  EXPECT_LT(matched * 2, cases) << "… and not always";
}

}  // namespace
}  // namespace countersign::testing
