// SPDX-License-Identifier: Apache-2.0
// Collections of Sigma 1: refused, or read when asked for.
#include "rules/collection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/limits.h"
#include "tests/unit/rules/rule_testing.h"

namespace countersign::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kId = "00000000-0000-4000-8000-000000000001";

RuleLoad load_lenient(const std::string& text) { return load_rule_text("c.yml", text, {.lenient = true}); }

std::vector<std::string> titles(const RuleLoad& load) {
  std::vector<std::string> out;
  for (const RuleInfo& info : load.rules->rules()) out.push_back(info.title);
  return out;
}
std::vector<std::string> errors(const RuleLoad& load) {
  std::vector<std::string> out;
  for (const Diagnostic& finding : load.findings)
    if (finding.severity == Severity::Error) out.push_back(finding.code);
  return out;
}
std::string all_findings(const RuleLoad& load) {
  std::string out;
  for (const Diagnostic& finding : load.findings) out += to_string(finding) + "\n";
  return out;
}

/// Ids of the rules that match.
std::vector<std::string> matching(const RuleLoad& load, const std::vector<EventField>& fields) {
  Event event;
  fill(event, fields);
  std::vector<std::string> out;
  for (const std::uint32_t rule : match_both(load.rules, event))
    out.push_back(load.rules->rules()[rule].id.value);
  return out;
}

TEST(Collection, IsRefusedUnlessAskedForAndTheHintSaysHow) {
  const std::string text = rule_with("s: {f: 1}\ncondition: s") +
                           "---\naction: global\ntitle: G\n---\ndetection: {}\n---\naction: reset\n";
  const RuleLoad load = load_rule_text("c.yml", text);
  EXPECT_THAT(titles(load), ElementsAre("T"));
  ASSERT_THAT(errors(load), ElementsAre("document.action", "document.action", "document.action"))
      << "every document from the first such one on";
  for (const Diagnostic& finding : load.findings) EXPECT_THAT(finding.hint, HasSubstr("--lenient"));
  EXPECT_EQ(load.documents, load.loaded + load.refused);
}

TEST(Collection, GlobalJoinsEveryLaterRuleUntilReset) {
  const RuleLoad load = load_lenient(
      "action: global\ntitle: Shared\nlevel: high\ntags: [attack.t1059]\n"
      "detection:\n  condition: s and not other\n  other: {g: 2}\n---\n"
      "logsource: {category: test}\ndetection: {s: {f: 1}}\n---\n"
      "logsource: {product: windows}\ndetection: {s: {f: 3}}\n---\n"
      "action: reset\n---\n"
      "title: Alone\nlevel: low\nlogsource: {category: test}\ndetection: {s: {f: 4}, condition: s}\n");
  ASSERT_THAT(errors(load), IsEmpty()) << all_findings(load);
  EXPECT_THAT(titles(load), ElementsAre("Shared", "Shared", "Alone"));
  EXPECT_EQ(load.documents, 3U) << "global and reset are no rules";
  EXPECT_EQ(load.loaded, 3U);
  EXPECT_EQ(load.rules->rules()[0].level, Level::High);
  EXPECT_EQ(load.rules->rules()[0].line, 8) << "where the rule's own document starts";
  EXPECT_THAT(load.rules->rules()[2].tags, IsEmpty());
  EXPECT_EQ(matching(load, {{"f", number("1")}}).size(), 1U);
  EXPECT_EQ(matching(load, {{"f", number("3")}}).size(), 1U);
  EXPECT_THAT(matching(load, {{"f", number("1")}, {"g", number("2")}}), IsEmpty()) << "the global selection";
}

TEST(Collection, WhatIsGlobalReplacesWhatARuleSays) {
  const RuleLoad load = load_lenient(
      "action: global\ntitle: Shared\nlevel: high\ndetection: {s: {f: 1}}\n---\n"
      "title: Own\nlevel: low\nlogsource: {category: test}\ndetection: {s: {g: 2, f: 9}, condition: s}\n");
  ASSERT_THAT(errors(load), IsEmpty()) << all_findings(load);
  EXPECT_THAT(titles(load), ElementsAre("Shared"));
  EXPECT_EQ(load.rules->rules()[0].level, Level::High);
  EXPECT_EQ(matching(load, {{"f", number("1")}, {"g", number("2")}}).size(), 1U)
      << "maps are joined key by key";
  EXPECT_THAT(matching(load, {{"f", number("1")}}), IsEmpty());
}

TEST(Collection, ASecondGlobalTakesThePlaceOfTheFirst) {
  const RuleLoad load = load_lenient(
      "action: global\ntitle: One\nlevel: low\nstatus: test\n---\naction: global\ntitle: Two\nlevel: "
      "low\n---\n" +
      std::string("logsource: {category: test}\ndetection: {s: {f: 1}, condition: s}\n"));
  ASSERT_THAT(errors(load), IsEmpty()) << all_findings(load);
  EXPECT_THAT(titles(load), ElementsAre("Two"));
  EXPECT_EQ(load.rules->rules()[0].status, RuleStatus::Experimental);
}

TEST(Collection, RepeatJoinsTheDocumentBefore) {
  const RuleLoad load = load_lenient(
      "title: R\nid: " + std::string(kId) +
      "\nlevel: low\nlogsource: {category: test}\ndetection: {s: {f: 1}, t: {g: 1}, condition: s and "
      "t}\n---\n"
      "action: repeat\ndetection: {s: {f: 2}}\n---\n"
      "action: repeat\ntitle: Third\nid: 00000000-0000-4000-8000-000000000003\ndetection: {t: {g: 2}}\n");
  ASSERT_THAT(errors(load), IsEmpty()) << all_findings(load);
  EXPECT_THAT(titles(load), ElementsAre("R", "R", "Third"));
  EXPECT_THAT(matching(load, {{"f", number("1")}, {"g", number("1")}}), ElementsAre(kId));
  EXPECT_THAT(matching(load, {{"f", number("2")}, {"g", number("1")}}), ElementsAre(std::string(kId) + "#2"));
  EXPECT_THAT(matching(load, {{"f", number("2")}, {"g", number("2")}}),
              ElementsAre("00000000-0000-4000-8000-000000000003"))
      << "it repeats the one before, which is a repetition itself";
}

TEST(Collection, RulesThatShareAnIdAreNumberedAndAFilterForItActsOnAll) {
  const std::string documents = "action: global\ntitle: Shared\nid: " + std::string(kId) +
                                "\nlevel: low\ndetection: {condition: s}\n---\n"
                                "logsource: {category: test}\ndetection: {s: {f: 1}}\n---\n"
                                "logsource: {product: windows, category: test}\ndetection: {s: {f: 1}}\n---\n"
                                "title: F\nlogsource: {category: test}\nfilter: {rules: [" +
                                std::string(kId) + "], s: {user: a}, condition: not s}\n";
  const RuleLoad load = load_lenient(documents);
  ASSERT_THAT(errors(load), IsEmpty()) << all_findings(load);
  EXPECT_THAT(matching(load, {{"f", number("1")}}), ElementsAre(kId, std::string(kId) + "#3"));
  EXPECT_THAT(matching(load, {{"f", number("1")}, {"user", text("a")}}), IsEmpty());
  const RuleLoad twice =
      load_lenient(documents + "---\naction: reset\n---\ntitle: Other\nid: " + std::string(kId) +
                   "\nlevel: low\nlogsource: {category: test}\n"
                   "detection: {s: {f: 1}, condition: s}\n");
  EXPECT_THAT(errors(twice), ElementsAre("rule.duplicate_id")) << "a rule's own id is another matter";
}

TEST(Collection, CorrelationsAndFiltersAreLeftAsTheyAre) {
  const RuleLoad load = load_lenient(
      "action: global\ntitle: Shared\nlevel: low\nlogsource: {category: test}\n---\n"
      "name: r\ndetection: {s: {f: 1}, condition: s}\n---\n"
      "title: F\nlogsource: {category: test}\nfilter: {rules: [r], s: {user: a}, condition: not s}\n---\n"
      "title: C\nlevel: low\ncorrelation: {type: event_count, rules: [r], timespan: 1m, condition: {gte: "
      "2}}\n");
  ASSERT_THAT(errors(load), IsEmpty()) << all_findings(load);
  EXPECT_EQ(load.loaded, 3U);
  EXPECT_THAT(load.rules->rules().at(0).filters, ElementsAre("F"));
}

TEST(Collection, StatusOfTheGlobalDocumentCounts) {
  const std::string text =
      "action: global\ntitle: Old\nlevel: low\nstatus: deprecated\n---\n"
      "logsource: {category: test}\ndetection: {s: {f: 1}, condition: s}\n";
  EXPECT_EQ(load_lenient(text).skipped, 1U);
  EXPECT_EQ(load_rule_text("c.yml", text, {.include_deprecated = true, .lenient = true}).loaded, 1U);
}

TEST(Collection, WhatHasNoMeaningIsRefused) {
  const std::string good =
      "title: R\nlevel: low\nlogsource: {category: test}\ndetection: {s: {f: 1}, condition: s}\n";
  const struct {
    std::string text;
    std::string_view message;
  } rows[] = {
      {"action: merge\n" + good, "there is no action `merge`"},
      {"action: [global]\n" + good, "there is no action ``"},
      {"action: repeat\n" + good, "there is no document before to repeat"},
      {"action: global\ntitle: [\n---\n" + good,
       "the document with `action` at line 1, which cannot be read"},
  };
  for (const auto& row : rows) {
    const RuleLoad load = load_lenient(row.text);
    EXPECT_EQ(load.loaded, 0U) << row.text;
    EXPECT_THAT(all_findings(load), HasSubstr(row.message)) << row.text;
    EXPECT_EQ(load.documents, load.refused) << row.text;
  }
}

TEST(Collection, GrowthIsLimited) {
  // Each repetition would be as large as all before it.
  std::string text =
      "title: R\nlevel: low\nlogsource: {category: test}\ndescription: " + std::string(60'000, 'x') +
      "\ndetection: {s: {f: 1}, condition: s}\n";
  for (int i = 0; i < 100; ++i)
    text += "---\naction: repeat\nown" + std::to_string(i) + ": " + std::string(60'000, 'y') + "\n";
  const RuleLoad load = load_lenient(text);
  EXPECT_THAT(all_findings(load), HasSubstr("have more than 64 MiB when they are joined"));
  EXPECT_GT(load.loaded, 10U);
  EXPECT_GT(load.refused, 10U);
}

TEST(Collection, ItsDocumentsMakeTheRulesHash) {
  const std::string own = "logsource: {category: test}\ndetection: {s: {f: 1}, condition: s}\n";
  const RuleLoad a = load_lenient("action: global\ntitle: A\nlevel: low\n---\n" + own);
  const RuleLoad b = load_lenient("action: global\ntitle: B\nlevel: low\n---\n" + own);
  EXPECT_NE(a.rules->hash(), b.rules->hash());
  const RuleSetManifest manifest = a.rules->manifest();
  EXPECT_EQ(manifest.contents.at(manifest.rules.at(0).content),
            "action: global\ntitle: A\nlevel: low\n---\n" + own);
}

TEST(Lenient, DropsTheBitsBeyondThePrefixOfANetwork) {
  const std::string rule = rule_with("s: {ip|cidr: ['10.1.2.3/8', '2001:db8::1/32']}\ncondition: s");
  const RuleLoad strict = load_rule_text("c.yml", rule);
  ASSERT_THAT(errors(strict), ElementsAre("value.network_host_bits", "value.network_host_bits"));
  EXPECT_THAT(strict.findings.front().hint, HasSubstr("--lenient"));
  const RuleLoad load = load_lenient(rule);
  EXPECT_THAT(errors(load), IsEmpty());
  ASSERT_EQ(load.findings.size(), 2U);
  EXPECT_EQ(load.findings.front().code, "value.network_masked");
  EXPECT_EQ(matching(load, {{"ip", text("10.200.0.1")}}).size(), 1U);
  EXPECT_EQ(matching(load, {{"ip", text("2001:db8:1::")}}).size(), 1U);
  EXPECT_THAT(matching(load, {{"ip", text("11.0.0.1")}}), IsEmpty());
}

TEST(Lenient, ChangesNothingForARuleThatIsStrictlySound) {
  const std::string text = rule_with("s: {f: 1}\ncondition: s");
  EXPECT_EQ(load_lenient(text).rules->hash(), load_rule_text("c.yml", text).rules->hash());
  EXPECT_THAT(load_lenient(text).findings, IsEmpty());
}

}  // namespace
}  // namespace countersign::testing
