// SPDX-License-Identifier: Apache-2.0
// What rules cost a matcher, and what lint and `rules cost` say of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "rules/cost_meter.h"
#include "rules/lint.h"
#include "tests/unit/rules/rule_testing.h"

namespace countersign::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string rule(int number, std::string_view product, std::string_view detection) {
  return "---\ntitle: Rule " + std::to_string(number) + "\nid: 00000000-0000-4000-8000-00000000000" +
         std::to_string(number) + "\nlevel: low\nlogsource: {product: " + std::string(product) +
         "}\ndetection: {" + std::string(detection) + "}\n";
}

std::shared_ptr<const RuleSet> load(const std::string& text) {
  const RuleLoad load = load_rule_text("r.yml", text);
  for (const Diagnostic& finding : load.findings)
    if (finding.severity == Severity::Error) ADD_FAILURE() << to_string(finding);
  return load.rules;
}

std::string witness_of(std::string_view detection) {
  const auto rules = load(rule_with(detection));
  const RuleGraph graph(rules->compiled());
  return witness_text(WitnessTable(graph, rules->compiled().fields), rules->compiled().fields, 0);
}

class RuleCostTest : public ::testing::Test {
 protected:
  // 0: a witness and a test besides; 1: no witness; 2: equal to its witness; 3: of another log source.
  std::shared_ptr<const RuleSet> rules = load(
      rule(0, "windows", "s: {'Image|endswith': '\\certutil.exe', 'Line|contains': urlcache}, condition: s") +
      rule(1, "windows", "s: {User: system}, condition: not s") +
      rule(2, "windows", "s: {'Image|endswith': '\\certutil.exe'}, condition: s") +
      rule(3, "linux", "s: {User: system}, condition: not s"));
  std::shared_ptr<const Plan> plan = plan_of(rules, {&test_class()});
  Matcher matcher{plan};

  std::vector<std::uint32_t> match(std::string_view image, std::string_view line) {
    Event event;
    fill(event, {{"Image", text(image)}, {"Line", text(line)}, {"User", text("system")}});
    std::vector<std::uint32_t> matches;
    matcher.match(event, matches);
    return matches;
  }
};

TEST_F(RuleCostTest, CandidatesEvaluationsAndMatchesAreCountedByRule) {
  matcher.measure(kCostInterval);
  EXPECT_THAT(match("c:\\x\\certutil.exe", "-urlcache"), ElementsAre(0, 2));
  EXPECT_THAT(match("c:\\x\\certutil.exe", "-hash"), ElementsAre(2));
  EXPECT_THAT(match("c:\\x\\notepad.exe", "-urlcache"), ElementsAre());
  const std::vector<RuleCost>& costs = matcher.costs().rules;
  ASSERT_THAT(costs, SizeIs(4));
  EXPECT_EQ(std::tuple(costs[0].candidates, costs[0].evaluations, costs[0].matches), std::tuple(2U, 2U, 1U));
  EXPECT_EQ(std::tuple(costs[1].candidates, costs[1].evaluations, costs[1].matches), std::tuple(3U, 3U, 0U));
  EXPECT_EQ(std::tuple(costs[2].candidates, costs[2].evaluations, costs[2].matches), std::tuple(2U, 0U, 2U))
      << "its witness says all";
  EXPECT_EQ(costs[3].candidates, 0U);
  EXPECT_THAT(events_of_rules(*plan, matcher.costs()), ElementsAre(3, 3, 3, 0));
  matcher.clear_costs();
  EXPECT_EQ(matcher.costs().rules[1].candidates, 0U);
  EXPECT_THAT(events_of_rules(*plan, matcher.costs()), ElementsAre(0, 0, 0, 0));
}

TEST_F(RuleCostTest, EveryNthEventIsTimed) {
  matcher.measure(4);
  for (int i = 0; i < 11; ++i) match("c:\\x\\notepad.exe", "-urlcache");
  EXPECT_EQ(matcher.costs().rules[0].timed, 0U) << "never a candidate";
  EXPECT_EQ(matcher.costs().rules[1].timed, 2U);
  EXPECT_LE(matcher.costs().rules[1].longest, matcher.costs().rules[1].time);
}

TEST_F(RuleCostTest, AQuarantinedRuleIsNeitherEvaluatedNorCounted) {
  matcher.measure(1);
  matcher.quarantine(2);
  EXPECT_THAT(match("c:\\x\\certutil.exe", "-urlcache"), ElementsAre(0));
  EXPECT_EQ(matcher.costs().rules[2].candidates, 0U);
  EXPECT_EQ(matcher.costs().rules[0].matches, 1U);
}

TEST(CostMeter, WaitingForAProcessorIsNoCost) {
  CostMeter meter(2, 1, 1);
  ASSERT_TRUE(meter.begin(0));
  meter.start_laps();
  std::thread other([until = std::chrono::steady_clock::now() + std::chrono::milliseconds{20}] {
    while (std::chrono::steady_clock::now() < until) {
    }
  });
  other.join();
  meter.lap(0);
  meter.lap(1);
  meter.finish();
  EXPECT_EQ(meter.costs().rules[0].timed, 1U);
  EXPECT_LT(meter.costs().rules[0].time, std::chrono::milliseconds{10});
}

TEST(RuleCosts, SumsAddUp) {
  RuleCosts sum;
  const RuleCosts one{{{1, 1, 1, 1, std::chrono::nanoseconds{5}, std::chrono::nanoseconds{5}}, {}}, {7}, {0}};
  sum.add(one);
  sum.add(one);
  EXPECT_EQ(sum.rules[0].candidates, 2U);
  EXPECT_EQ(sum.rules[0].time, std::chrono::nanoseconds{10});
  EXPECT_EQ(sum.rules[0].longest, std::chrono::nanoseconds{5});
  EXPECT_EQ(sum.rules[1].candidates, 0U);
  EXPECT_THAT(sum.group_events, ElementsAre(14));
  EXPECT_THAT(sum.seen, ElementsAre(0));
}

TEST(Lint, AWitnessInWords) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"s: {Image: A.exe}\ncondition: s", "Image is a.exe"},
      {"s: {'Image|endswith': '\\rundll32.exe'}\ncondition: s", "Image ends with \\rundll32.exe"},
      {"s: {'Image|startswith': 'c:\\temp'}\ncondition: s", "Image starts with c:\\temp"},
      {"s: {'Line|contains': urlcache}\ncondition: s", "Line holds urlcache"},
      {"s: [urlcache]\ncondition: s", "any value holds urlcache"},
      {"s: {EventID: 4688}\ncondition: s", "EventID is 4688"},
      {"s: {'ip|cidr': 10.1.0.0/16}\ncondition: s", "ip is in 10.1.0.0/16"},
      {"s: {'ip|cidr': 'fe80::/10'}\ncondition: s", "ip is in fe80:0:0:0:0:0:0:0/10"},
      {"s: {f: [aa, bb, cc, dd, ee]}\ncondition: s", "f is aa or f is bb or f is cc or 2 more"},
      {"s: {f: a}\ncondition: not s", "always run: only negations"},
      {"s: {f: null}\nt: {g: a}\ncondition: s and not t", "always run: only negations, null"},
      {"s: {'f|re': '[a-z]+'}\ncondition: s", "always run: only regular expressions without a fixed text"},
      {"s: {'f|gt': 7}\ncondition: s", "always run: only comparisons of numbers"},
      {"s: {'f|fieldref': g}\ncondition: s", "always run: only fieldref"},
      {"s: {f: abcdef}\nt: {'g|exists': true}\ncondition: s or t", "always run: only exists"},
      {"s: {f: '*'}\ncondition: s", "always run: only values that fit every text"},
      {"s: {f: true}\ncondition: s", "always run: only booleans"},
      {"s: {'f|minute': 5}\ncondition: s", "always run: only parts of dates"},
      {"s: [7]\ncondition: s", "any value holds 7"},
  };
  for (const auto& [detection, words] : rows) EXPECT_EQ(witness_of(detection), words) << detection;
  EXPECT_EQ(witness_of("s: {f: " + std::string(100, 'x') + "}\ncondition: s"),
            "f is " + std::string(60, 'x') + "…");
}

TEST(Lint, RulesThatAlwaysRunAreNamedWithTheirPlace) {
  const auto rules = load(rule(1, "windows", "s: {User: system}, condition: s") +
                          rule(2, "windows", "s: {User: system}, condition: not s"));
  const std::vector<Diagnostic> findings = lint(*rules);
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].code, "rule.always_run");
  EXPECT_EQ(findings[0].severity, Severity::Warning);
  EXPECT_EQ(std::pair(findings[0].file, findings[0].line), std::pair(std::string("r.yml"), 7));
  EXPECT_THAT(findings[0].message, HasSubstr("`Rule 2` is evaluated for every event"));
  EXPECT_FALSE(findings[0].hint.empty());
}

TEST(Lint, AWitnessIsWideBeyondOnePercentOfEnoughEvents) {
  const auto rules = load(rule(1, "windows", "s: {User: system}, condition: s"));
  const auto plan = plan_of(rules, {&test_class()});
  const auto codes = [&](std::uint64_t candidates, std::uint64_t events) {
    RuleCost cost;
    cost.candidates = candidates;
    std::string out;
    for (const Diagnostic& finding : lint(*plan, {{cost}, {events}, {0}})) out += finding.code;
    return out;
  };
  EXPECT_EQ(codes(10, 1'000), "");
  EXPECT_EQ(codes(11, 1'000), "rule.wide_witness");
  EXPECT_EQ(codes(999, 999), "") << "too few events say nothing";
}

TEST(Lint, ALogSourceThatNoClassHasIsNamedWhenOneIsSpelledNearlySo) {
  EventClass processes;
  processes.log_sources = {{"windows", "process_creation", "sysmon"}, {"windows", "", "security"}};
  const std::vector<const EventClass*> classes{&processes};
  struct Row {
    std::string log_source;
    bool unseen;
    std::string hint;
  };
  const Row rows[] = {
      {"product: windows, category: process_creation", false, ""},
      {"service: security", false, ""},
      {"product: windows, category: process_creatoin", true,
       "did you mean `product: windows, category: process_creation`?"},
      {"product: window", true, "did you mean `product: windows`?"},
      {"product: aws, service: cloudtrail", true, ""},
      {"category: process_creation, service: security", true, ""},
  };
  for (const Row& row : rows) {
    std::string text = rule(1, "x", "s: {User: system}, condition: s");
    text.replace(text.find("product: x"), 10, row.log_source);
    const auto rules = load(text);
    EXPECT_EQ(rules_without_events(*rules, classes).size(), row.unseen ? 1U : 0U) << row.log_source;
    const std::vector<Diagnostic> findings = lint_log_sources(*rules, classes);
    ASSERT_EQ(findings.size(), row.hint.empty() ? 0U : 1U) << row.log_source;
    if (!row.hint.empty()) {
      EXPECT_EQ(findings[0].code, "logsource.no_events");
      EXPECT_EQ(findings[0].hint, row.hint);
    }
  }
}

}  // namespace
}  // namespace countersign::testing
