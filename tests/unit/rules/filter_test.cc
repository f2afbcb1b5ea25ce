// SPDX-License-Identifier: Apache-2.0
// Filters: which rules each acts on, what becomes of them, and what is said when one does not act.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/hash.h"
#include "rules/explain.h"
#include "tests/unit/rules/rule_testing.h"

namespace countersign::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::string_view kId = "00000000-0000-4000-8000-00000000000a";

/// A rule for product windows, category test, with `lines` and a detection in flow style.
std::string rule(const std::string& title, const std::string& lines = "",
                 const std::string& detection = "{selection: {f: 1}, condition: selection}") {
  return "title: " + title + "\nlevel: low\n" + lines +
         "logsource: {product: windows, category: test}\ndetection: " + detection + "\n---\n";
}

/// A filter with the members of `filter` in flow style.
std::string filter(const std::string& members, const std::string& source = "category: test",
                   const std::string& title = "F") {
  return "title: " + title + "\nlogsource: {" + source + "}\nfilter: {" + members + "}\n---\n";
}

std::vector<std::string> codes(const RuleLoad& load) {
  std::vector<std::string> out;
  for (const Diagnostic& finding : load.findings) out.push_back(finding.code);
  return out;
}

const Diagnostic* find(const RuleLoad& load, std::string_view code) {
  for (const Diagnostic& finding : load.findings)
    if (finding.code == code) return &finding;
  return nullptr;
}

/// Titles of the rules that have filters.
std::vector<std::string> filtered(const RuleLoad& load) {
  std::vector<std::string> out;
  for (const RuleInfo& info : load.rules->rules())
    if (!info.filters.empty()) out.push_back(info.title);
  return out;
}

bool any_match(const RuleLoad& load, const std::vector<EventField>& fields) {
  Event event;
  fill(event, fields);
  return !match_both(load.rules, event).empty();
}

/// A rule, a filter for it, and what is left of its matches.
struct Vector {
  std::string_view name;
  std::string_view detection;
  std::string_view filter;
  std::vector<EventField> event;
  bool matches;
};

const std::vector<Vector>& vectors() {
  static const std::vector<Vector> rows = {
      {"suppressed",
       "s: {f: 1}, condition: s",
       "u: {user: backup}, condition: not u",
       {{"f", number("1")}, {"user", text("Backup")}},
       false},
      {"another user",
       "s: {f: 1}, condition: s",
       "u: {user: backup}, condition: not u",
       {{"f", number("1")}, {"user", text("kim")}},
       true},
      {"without the filter's field",
       "s: {f: 1}, condition: s",
       "u: {user: backup}, condition: not u",
       {{"f", number("1")}},
       true},
      {"the rule does not match",
       "s: {f: 1}, condition: s",
       "u: {user: backup}, condition: not u",
       {{"f", number("2")}, {"user", text("kim")}},
       false},
      {"without not it keeps",
       "s: {f: 1}, condition: s",
       "u: {user: backup}, condition: u",
       {{"f", number("1")}, {"user", text("backup")}},
       true},
      {"without not the rest is lost",
       "s: {f: 1}, condition: s",
       "u: {user: backup}, condition: u",
       {{"f", number("1")}, {"user", text("kim")}},
       false},
      {"an or of the rule is in parentheses",
       "s: {f: 1}, t: {g: 1}, condition: s or t",
       "u: {user: backup}, condition: not u",
       {{"f", number("1")}, {"user", text("backup")}},
       false},
      {"an or of the filter is in parentheses",
       "s: {f: 1}, condition: s",
       "u: {user: a}, v: {user: b}, condition: not u or v",
       {{"f", number("2")}, {"user", text("b")}},
       false},
      {"equal names are two selections",
       "s: {f: 1}, condition: s",
       "s: {user: backup}, condition: not s",
       {{"f", number("1")}, {"user", text("kim")}},
       true},
      {"them of the filter",
       "s: {f: 1}, condition: s",
       "u: {user: a}, v: {host: b}, condition: not 1 of them",
       {{"f", number("1")}, {"host", text("b")}},
       false},
      {"them of the filter does not see the rule",
       "s: {f: 1}, condition: s",
       "u: {user: a}, condition: not 1 of them",
       {{"f", number("1")}},
       true},
      {"a pattern of the filter does not see the rule",
       "sel_a: {f: 1}, condition: sel_a",
       "sel_b: {user: a}, condition: not all of sel*",
       {{"f", number("1")}, {"user", text("a")}},
       false},
      {"them of the rule does not see the filter",
       "s: {f: 1}, condition: all of them",
       "u: {user: a}, condition: not u",
       {{"f", number("1")}, {"user", text("b")}},
       true},
      {"a pattern of the rule does not see the filter",
       "sel_a: {f: 1}, condition: 1 of sel*",
       "sel_b: {user: a}, condition: not sel_b or sel_b",
       {{"f", number("2")}, {"user", text("a")}},
       false},
      {"each condition of the rule's list, the first",
       "s: {f: 1}, t: {g: 1}, condition: [s, t]",
       "u: {user: a}, condition: not u",
       {{"f", number("1")}, {"user", text("a")}},
       false},
      {"each condition of the rule's list, the last",
       "s: {f: 1}, t: {g: 1}, condition: [s, t]",
       "u: {user: a}, condition: not u",
       {{"g", number("1")}, {"user", text("a")}},
       false},
      {"the list itself",
       "s: {f: 1}, t: {g: 1}, condition: [s, t]",
       "u: {user: a}, condition: not u",
       {{"g", number("1")}, {"user", text("b")}},
       true},
      {"a list of the filter is any of them",
       "s: {f: 1}, condition: s",
       "u: {user: a}, v: {host: b}, condition: [not u, v]",
       {{"f", number("1")}, {"user", text("a")}, {"host", text("b")}},
       true},
      {"a list of the filter, none of them",
       "s: {f: 1}, condition: s",
       "u: {user: a}, v: {host: b}, condition: [not u, v]",
       {{"f", number("1")}, {"user", text("a")}, {"host", text("c")}},
       false},
      {"keywords of the filter",
       "s: {f: 1}, condition: s",
       "k: [maintenance], condition: not k",
       {{"f", number("1")}, {"note", text("planned maintenance")}},
       false},
      {"modifiers of the filter",
       "s: {f: 1}, condition: s",
       "n: {ip|cidr: 10.0.0.0/8}, condition: not n",
       {{"f", number("1")}, {"ip", text("10.1.2.3")}},
       false},
      {"a rule of a negation",
       "s: {f: 1}, condition: not s",
       "u: {user: a}, condition: not u",
       {{"user", text("b")}},
       true},
      {"a rule of a negation, suppressed",
       "s: {f: 1}, condition: not s",
       "u: {user: a}, condition: not u",
       {{"user", text("a")}},
       false},
  };
  return rows;
}

TEST(Filters, TheConditionIsJoinedWithAndAsWritten) {
  for (const Vector& row : vectors()) {
    const RuleLoad load = load_rule_text("r.yml", rule("R", "", "{" + std::string(row.detection) + "}") +
                                                      filter("rules: any, " + std::string(row.filter)));
    EXPECT_EQ(load.refused, 0U) << row.name;
    EXPECT_EQ(any_match(load, row.event), row.matches) << row.name;
  }
}

TEST(Filters, RulesAreNamedByIdNameOrFormerId) {
  const std::string rules =
      rule("by id", "id: 00000000-0000-4000-8000-00000000000B\n") + rule("by name", "name: its_name\n") +
      rule("by former id", "related: [{id: " + std::string(kId) + ", type: renamed}]\n") +
      rule("only derived",
           "related: [{id: 00000000-0000-4000-8000-00000000000c, "
           "type: derived}]\n");
  const auto named = [&](const std::string& reference) {
    return load_rule_text("r.yml", filter("rules: [" + reference + "], s: {u: a}, condition: not s") + rules);
  };
  EXPECT_THAT(filtered(named("00000000-0000-4000-8000-00000000000b")), ElementsAre("by id"));
  EXPECT_THAT(filtered(named("its_name")), ElementsAre("by name"));
  EXPECT_THAT(codes(named("its_name")), IsEmpty()) << "a filter is not inactive";
  EXPECT_THAT(filtered(named("00000000-0000-4000-8000-00000000000A")), ElementsAre("by former id"));
  EXPECT_THAT(filtered(named("ITS_NAME")), IsEmpty()) << "names differ in case";
  EXPECT_THAT(codes(named("00000000-0000-4000-8000-00000000000c")),
              ElementsAre("filter.unused", "reference.unknown"));
  EXPECT_THAT(filtered(named("its_name, 00000000-0000-4000-8000-00000000000b")),
              ::testing::UnorderedElementsAre("by id", "by name"));
}

TEST(Filters, AFormerIdMeansAllRulesThatWereRenamedFromIt) {
  const std::string renamed = "related: [{id: " + std::string(kId) + ", type: renamed}]\n";
  const RuleLoad load = load_rule_text(
      "r.yml", rule("one", renamed) + rule("two", renamed) + rule("three", "id: " + std::string(kId) + "\n") +
                   filter("rules: [" + std::string(kId) + "], s: {u: a}, condition: not s"));
  EXPECT_THAT(filtered(load), ::testing::UnorderedElementsAre("one", "two", "three"));
}

TEST(Filters, TheRuleMustHaveWhatTheLogSourceNames) {
  const struct {
    std::string source;
    bool acts;
  } rows[] = {
      {"category: test", true},
      {"product: windows", true},
      {"product: Windows", true},
      {"product: windows, category: test", true},
      {"product: linux, category: test", false},
      {"category: other", false},
      {"category: test, service: unit", false},  // the rule does not name a service
      {"category: test, definition: prose", true},
  };
  for (const auto& row : rows) {
    for (const char* whom : {"any", "[r]"}) {
      const RuleLoad load = load_rule_text(
          "r.yml", rule("R", "name: r\n") +
                       filter(std::string("rules: ") + whom + ", s: {u: a}, condition: not s", row.source));
      EXPECT_EQ(!filtered(load).empty(), row.acts) << row.source << " " << whom;
      EXPECT_EQ(find(load, "filter.unused") == nullptr, row.acts) << row.source << " " << whom;
    }
  }
}

TEST(Filters, ARuleThatIsNamedButNotActedOnIsSaid) {
  const RuleLoad load =
      load_rule_text("r.yml", rule("one", "name: one\n") +
                                  "title: two\nname: two\nlevel: low\nlogsource: {product: linux}\n"
                                  "detection: {s: {f: 1}, condition: s}\n---\n" +
                                  filter("rules: [one, two], s: {u: a}, condition: not s", "category: test"));
  EXPECT_THAT(filtered(load), ElementsAre("one"));
  ASSERT_THAT(codes(load), ElementsAre("filter.unmatched"));
  EXPECT_EQ(
      load.findings.front().message,
      "the filter does not act on `two`: its log source is product linux, that of the filter category test");
}

TEST(Filters, ACorrelationIsNotFiltered) {
  const RuleLoad load = load_rule_text(
      "r.yml",
      rule("R", "name: r\n") +
          "title: C\nname: c\nlevel: low\ncorrelation: {type: event_count, rules: [r], timespan: 1m, "
          "condition: {gte: 2}}\n---\n" +
          filter("rules: [c], s: {u: a}, condition: not s"));
  EXPECT_THAT(filtered(load), IsEmpty());
  EXPECT_THAT(codes(load), ElementsAre("inactive", "filter.unused", "filter.unmatched"));
}

TEST(Filters, SeveralFiltersMustAllHold) {
  const RuleLoad load = load_rule_text(
      "r.yml", rule("R", "name: r\n") +
                   filter("rules: any, s: {u: a}, condition: not s", "category: test", "F1") +
                   filter("rules: [r, r], s: {u: b}, condition: not s", "category: test", "F2"));
  ASSERT_THAT(load.rules->rules().front().filters, ElementsAre("F1", "F2")) << "each once, in their order";
  EXPECT_FALSE(any_match(load, {{"f", number("1")}, {"u", text("a")}}));
  EXPECT_FALSE(any_match(load, {{"f", number("1")}, {"u", text("b")}}));
  EXPECT_TRUE(any_match(load, {{"f", number("1")}, {"u", text("c")}}));
}

TEST(Filters, OneWithoutNotIsUsedWithAWarning) {
  const RuleLoad load =
      load_rule_text("r.yml", rule("R") + filter("rules: any, s: {u: a}, t: {u: b}, condition: s or t"));
  ASSERT_THAT(codes(load), ElementsAre("filter.polarity"));
  EXPECT_THAT(load.findings.front().hint, HasSubstr("write `not (s or t)`"));
  EXPECT_THAT(filtered(load), ElementsAre("R"));
}

TEST(Filters, ARefusedFilterSaysWhatRunsWithoutIt) {
  std::string rules;
  for (int i = 1; i <= 7; ++i) rules += rule("R" + std::to_string(i), "name: r" + std::to_string(i) + "\n");
  const struct {
    std::string filter;
    std::string message;  // empty: nothing is said
  } rows[] = {
      {filter("rules: any, s: {u|foo: a}, condition: not s"),
       "the filter is refused; 7 rules run without it: `R1`, `R2`, `R3`, `R4`, `R5` and 2 more"},
      {filter("rules: [r2, r1], s: {u: a}, condition: not t"),
       "the filter is refused; 2 rules run without it: `R1`, `R2`"},
      {"id: " + std::string(kId) + "\n" + filter("rules: [r1], s: {u: a}, condition: not s") +
           "id: " + std::string(kId) + "\n" + filter("rules: [r3], s: {u: a}, condition: not s"),
       "the filter is refused; one rule runs without it: `R3`"},
      {filter("rules: [r1], s: {u|foo: a}, condition: not s", "category: other"), ""},
      {filter("s: {u: a}, condition: not s"), ""},
  };
  for (const auto& row : rows) {
    const RuleLoad load = load_rule_text("r.yml", rules + row.filter);
    EXPECT_EQ(load.refused, 1U) << row.filter;
    EXPECT_EQ(load.documents, load.loaded + load.refused);
    const Diagnostic* said = find(load, "filter.refused");
    EXPECT_EQ(said == nullptr ? "" : said->message, row.message);
    EXPECT_TRUE(said == nullptr || said->severity == Severity::Error);
    EXPECT_THAT(codes(load), Not(::testing::Contains("filter.unused")));
  }
}

TEST(Filters, ARefusedFilterIsCheckedToItsEnd) {
  const RuleLoad load = load_rule_text(
      "r.yml",
      rule("R", "name: r\n") + filter("rules: [r, R], s: {u|foo: a}, condition: not s", "category: other"));
  EXPECT_THAT(codes(load), ElementsAre("filter.unmatched", "reference.unknown", "modifier.unknown"));
  EXPECT_THAT(find(load, "reference.unknown")->hint, HasSubstr("a title refers to nothing"));
}

TEST(Filters, FiltersBeyondTheLimitAreRefused) {
  const std::string text = rule("R1") + rule("R2") + filter("rules: any, s: {u: a}, condition: not s") +
                           filter("rules: any, s: {u: b}, condition: not s");
  const std::size_t parts_of_one = 2 * 4;  // in each rule a selection, its negation, its name
  EXPECT_EQ(load_rule_text("r.yml", text, {.filter_parts_max = 2 * parts_of_one}).refused, 0U);
  const RuleLoad load = load_rule_text("r.yml", text, {.filter_parts_max = 2 * parts_of_one - 1});
  EXPECT_THAT(codes(load), ElementsAre("filter.limit", "filter.refused"));
  EXPECT_EQ(load.loaded, 3U);
  EXPECT_EQ(load.refused, 1U);
  EXPECT_THAT(load.rules->rules().front().filters, ElementsAre("F"));
  EXPECT_THAT(codes(load_rule_text("r.yml", text, {.rules_max = 1})),
              ElementsAre("rule.limit", "rule.limit", "filter.refused"));
}

TEST(Filters, TheHashSaysWhichFiltersActAndTheManifestHasTheirText) {
  const std::string plain = rule("R", "id: " + std::string(kId) + "\n");
  const std::string suppress = filter("rules: any, s: {u: a}, condition: not s");
  const RuleLoad without = load_rule_text("r.yml", plain);
  const RuleLoad with = load_rule_text("r.yml", plain + suppress);
  const RuleLoad other = load_rule_text("r.yml", plain + filter("rules: any, s: {u: b}, condition: not s"));
  const RuleLoad unrelated =
      load_rule_text("r.yml", plain + filter("rules: any, s: {u: a}, condition: not s", "category: x"));
  EXPECT_NE(with.rules->hash(), without.rules->hash());
  EXPECT_NE(with.rules->hash(), other.rules->hash());
  EXPECT_EQ(unrelated.rules->hash(), without.rules->hash()) << "it does not act";
  const RuleSetManifest manifest = with.rules->manifest();
  const std::string& document = manifest.contents.at(manifest.rules.at(0).content);
  EXPECT_THAT(document, ::testing::StartsWith("title: R\n"));
  ASSERT_EQ(manifest.contents.size(), 2U);
  for (const auto& [hash, text] : manifest.contents) {
    EXPECT_EQ(sha256(text), hash);
    if (&text != &document) {
      EXPECT_THAT(document, HasSubstr("\n- " + to_hex(hash) + "\n"));
      EXPECT_THAT(text, HasSubstr("filter: {rules: any"));
    }
  }
  EXPECT_EQ(unrelated.rules->manifest().contents.size(), 1U);
}

TEST(Filters, AnExplanationShowsThemWithTheirTitle) {
  const RuleLoad load = load_rule_text(
      "r.yml", rule("R") + filter("rules: any, selection: {user: backup}, condition: not selection",
                                  "category: test", "Backup job"));
  Event event;
  fill(event, {{"f", number("1")}, {"user", text("backup")}});
  const Explanation out = Explainer(load.rules).explain(0, event);
  EXPECT_FALSE(out.matches);
  ASSERT_EQ(out.conditions.size(), 1U);
  EXPECT_EQ(out.conditions[0].text, "selection");
  EXPECT_TRUE(out.conditions[0].holds) << "the rule's own";
  ASSERT_EQ(out.filters.size(), 1U);
  EXPECT_EQ(out.filters[0].title, "Backup job");
  EXPECT_EQ(out.filters[0].condition, "not selection");
  EXPECT_FALSE(out.filters[0].holds);
  ASSERT_EQ(out.selections.size(), 2U);
  EXPECT_EQ(out.selections[0].filter, "");
  EXPECT_EQ(out.selections[1].filter, "Backup job");
  ASSERT_EQ(out.obstacles.size(), 1U);
  EXPECT_EQ(out.obstacles[0].selection, 1U);
  EXPECT_FALSE(out.obstacles[0].wanted);
}

}  // namespace
}  // namespace countersign::testing
