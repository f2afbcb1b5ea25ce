// SPDX-License-Identifier: Apache-2.0
// Which rules are asked at all, and that a matcher can be used again and beside others.
#include "rules/matcher.h"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/rules/rule_testing.h"

namespace countersign::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string rule(int number, std::string_view log_source, std::string_view value = "1") {
  return "title: T" + std::to_string(number) + "\nid: 00000000-0000-4000-8000-00000000000" +
         std::to_string(number) + "\nlevel: low\nlogsource: " + std::string(log_source) +
         "\ndetection: {s: {f: " + std::string(value) + "}, condition: s}\n---\n";
}

std::shared_ptr<const RuleSet> load(const std::string& text) {
  const RuleLoad loaded = load_rule_text("r.yml", text);
  for (const Diagnostic& finding : loaded.findings) ADD_FAILURE() << to_string(finding);
  return loaded.rules;
}

TEST(Matcher, OnlyRulesWhoseLogSourceCoversTheEventAreAsked) {
  const std::shared_ptr<const RuleSet> rules =
      load(rule(0, "{product: windows}") + rule(1, "{category: process_creation}") +
           rule(2, "{product: windows, category: process_creation}") +
           rule(3, "{product: linux, category: process_creation}") +
           rule(4, "{product: windows, service: security}") + rule(5, "{service: sysmon}"));
  const auto matched = [&](const std::vector<LogSource>& sources) {
    const EventClass event_class{"p", sources, {}};
    Event event;
    event.add("f", number("1"));
    event.set_event_class(&event_class);
    return match_both(rules, event);
  };
  EXPECT_THAT(matched({{"windows", "process_creation", ""}}), ElementsAre(0, 1, 2));
  EXPECT_THAT(matched({{"windows", "", "security"}}), ElementsAre(0, 4));
  EXPECT_THAT(matched({{"windows", "process_creation", "sysmon"}, {"windows", "", "security"}}),
              ElementsAre(0, 1, 2, 4, 5));
  EXPECT_THAT(matched({{"linux", "process_creation", ""}}), ElementsAre(1, 3));
  EXPECT_THAT(matched({{"macos", "", ""}}), IsEmpty());
  EXPECT_THAT(matched({}), IsEmpty());
}

TEST(Matcher, AnEventWithoutAClassMatchesNothing) {
  Matcher matcher(plan_of(load(rule(0, "{product: windows}")), {&test_class()}));
  Event event;
  event.add("f", number("1"));
  std::vector<std::uint32_t> out{7};
  matcher.match(event, out);
  EXPECT_THAT(out, IsEmpty()) << "and what was in the vector is gone";
}

TEST(Matcher, AClassThatThePlanWasNotBuiltForIsLeftToTheInterpreter) {
  Matcher matcher(plan_of(load(rule(0, "{product: windows}") + rule(1, "{product: linux}")), {}));
  Event event;
  fill(event, {{"f", number("1")}});
  std::vector<std::uint32_t> out;
  matcher.match(event, out);
  EXPECT_THAT(out, ElementsAre(0));
}

TEST(Matcher, NothingOfAnEventStaysBehindForTheNext) {
  Matcher matcher(plan_of(load(rule(0, "{product: windows}", "A") + rule(1, "{product: windows}", "null")),
                          {&test_class()}));
  Event event;
  std::vector<std::uint32_t> out;
  for (int round = 0; round < 3; ++round) {
    fill(event, {{"f", text("a")}});
    matcher.match(event, out);
    EXPECT_THAT(out, ElementsAre(0));
    fill(event, {{"g", text("a")}});
    matcher.match(event, out);
    EXPECT_THAT(out, ElementsAre(1));
    fill(event, {{"g", text("x")}, {"f", text("b")}});
    matcher.match(event, out);
    EXPECT_THAT(out, IsEmpty());
  }
}

TEST(Matcher, ThreadsShareAPlan) {
  const std::shared_ptr<const RuleSet> rules =
      load(rule(0, "{product: windows}", "A") +
           "title: R\nid: 00000000-0000-4000-8000-000000000009\nlevel: low\nlogsource: {product: windows}\n"
           "detection: {s: {'f|re|i': '^a$', 'f|contains': a}, condition: s}\n");
  const std::shared_ptr<const Plan> plan = plan_of(rules, {&test_class()});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([plan] {
      Matcher matcher(plan);
      Event event;
      std::vector<std::uint32_t> out;
      for (int round = 0; round < 200; ++round) {
        fill(event, {{"f", text(round % 2 == 0 ? "a" : "b")}});
        matcher.match(event, out);
        EXPECT_EQ(out.size(), round % 2 == 0 ? 2U : 0U);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace countersign::testing
