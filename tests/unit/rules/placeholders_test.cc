// SPDX-License-Identifier: Apache-2.0
// Placeholders (modifier `expand`), the file of values, and what is refused.
#include "rules/placeholders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/hash.h"
#include "core/limits.h"
#include "rules/explain.h"
#include "tests/unit/rules/rule_testing.h"

namespace countersign::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr std::string_view kValues = R"(Admins: [alice, Bob, 'CORP\carol']
Host: srv-1
Numbers: [22, 0x16, true]
Wild: ['a*', 'b?', 'c\', 'x.y']
Nets: [10.0.0.0/8, 'fe80::/10']
Percent: '100%'
Fields: [user, owner]
)";

RuleLoad load_with(std::string_view values, std::string_view detection) {
  LoadOptions options;
  options.values = read_rule_values("values.yml", values);
  return load_rule_text("rule.yml", rule_with(detection), options);
}

std::vector<std::string> findings(const RuleLoad& load) {
  std::vector<std::string> out;
  for (const Diagnostic& finding : load.findings) out.push_back(finding.code);
  return out;
}

bool matches_with_values(const std::string& detection, const std::vector<EventField>& fields) {
  const RuleLoad load = load_with(kValues, detection + "\ncondition: s");
  for (const Diagnostic& finding : load.findings)
    if (finding.severity == Severity::Error) ADD_FAILURE() << to_string(finding);
  Event event;
  fill(event, fields);
  return !match_both(load.rules, event).empty();
}

void check_with_values(const std::vector<Row>& rows) {
  for (const Row& row : rows)
    EXPECT_EQ(matches_with_values(std::string(row.detection), row.event), row.matches)
        << row.name << ": " << row.detection;
}

std::vector<EventField> f(const Value& value) { return {{"f", value}}; }

TEST(Placeholders, StandForAnyOfTheirValues) {
  check_with_values({
      {"first", "s: {f|expand: '%Admins%'}", f(text("Alice")), true},
      {"second, without case", "s: {f|expand: '%Admins%'}", f(text("BOB")), true},
      {"a backslash in a value", "s: {f|expand: '%Admins%'}", f(text(R"(corp\carol)")), true},
      {"none", "s: {f|expand: '%Admins%'}", f(text("dave")), false},
      {"the whole value", "s: {f|expand: '%Admins%'}", f(text("alice2")), false},
      {"the name itself is no value", "s: {f|expand: '%Admins%'}", f(text("%Admins%")), false},
      {"one text for a list", "s: {f|expand: '%Host%'}", f(text("SRV-1")), true},
      {"beside other values", "s: {f|expand: [root, '%Admins%']}", f(text("root")), true},
      {"cased", "s: {f|expand|cased: '%Admins%'}", f(text("bob")), false},
      {"neq", "s: {f|expand|neq: '%Admins%'}", f(text("dave")), true},
      {"neq, one of them", "s: {f|expand|neq: '%Admins%'}", f(text("bob")), false},
      {"keywords", "s: {'|expand': '%Admins%'}", f(text("logon of alice failed")), true},
      {"without expand it is a text", "s: {f: '%Admins%'}", f(text("%Admins%")), true},
      {"a number as it is written", "s: {f|expand: '%Numbers%'}", f(number("22")), true},
      {"a number as it is written, not its value", "s: {f|expand: '%Numbers%'}", f(text("0x16")), true},
      {"a boolean as it is written", "s: {f|expand: '%Numbers%'}", f(boolean(true)), true},
  });
}

TEST(Placeholders, StandInsideLongerTextsAndMultiply) {
  check_with_values({
      {"inside", "s: {f|expand: 'user %Admins% on %Host%'}", f(text("user bob on srv-1")), true},
      {"two of one name", "s: {f|expand: '%Admins%-%Admins%'}", f(text("alice-bob")), true},
      {"two of one name, one strange", "s: {f|expand: '%Admins%-%Admins%'}", f(text("alice-dave")), false},
      {"side by side", "s: {f|expand: '%Host%%Host%'}", f(text("srv-1srv-1")), true},
      {"an escaped percent sign behind a wildcard", "s: {f|expand: '*\\%Admins%'}",
       f(text(R"(corp%Admins%)")), true},
      {"a wildcard before", "s: {f|expand: '*_%Admins%'}", f(text("x_alice")), true},
      {"after contains", "s: {f|contains|expand: '%Admins%'}", f(text("xx alice xx")), true},
      {"before contains", "s: {f|expand|contains: '%Admins%'}", f(text("xx alice xx")), true},
      {"under all each value needs one of its own", "s: {f|expand|contains|all: ['net', '%Admins%']}",
       f(text("net user bob")), true},
      {"under all, none of its own", "s: {f|expand|contains|all: ['net', '%Admins%']}",
       f(text("net user dave")), false},
  });
}

TEST(Placeholders, EscapesAreReadFromLeftToRight) {
  check_with_values({
      {"a percent sign", R"(s: {f|expand: '\%Host\%'})", f(text("%Host%")), true},
      {"the second escaped: no end", R"(s: {f|expand: '%Host\%'})", f(text("%Host%")), true},
      {"a single one", "s: {f|expand: '100% %Host%'}", f(text("100% srv-1")), true},
      {"a backslash, then a placeholder", R"(s: {f|expand: 'C:\\%Host%'})", f(text(R"(C:\srv-1)")), true},
      {"a percent sign in a value", "s: {f|expand: '%Percent%'}", f(text("100%")), true},
      {"no name", "s: {f|expand: 'a%% %Host%'}", f(text("a%% srv-1")), true},
      {"a blank is in no name", "s: {f|expand: '5% or 6% %Host%'}", f(text("5% or 6% srv-1")), true},
  });
}

TEST(Placeholders, TheCharactersOfAValueStandForThemselves) {
  check_with_values({
      {"a star", "s: {f|expand: '%Wild%'}", f(text("a*")), true},
      {"a star is no wildcard", "s: {f|expand: '%Wild%'}", f(text("abc")), false},
      {"a question mark", "s: {f|expand: '%Wild%'}", f(text("b?")), true},
      {"a question mark is no wildcard", "s: {f|expand: '%Wild%'}", f(text("bc")), false},
      {"a backslash at the end", "s: {f|expand: '%Wild%*'}", f(text(R"(c\d)")), true},
      {"re", "s: {f|re|expand: '^%Wild%$'}", f(text("x.y")), true},
      {"a dot means nothing in re", "s: {f|re|expand: '^%Wild%$'}", f(text("xzy")), false},
      {"re reads its own escapes", R"(s: {f|expand|re: '^\d+\%%Host%$'})", f(text("12%srv-1")), true},
      {"re with its flags", "s: {f|re|i|expand: '^%Host%$'}", f(text("SRV-1")), true},
      {"cidr", "s: {f|cidr|expand: '%Nets%'}", f(text("10.200.0.1")), true},
      {"cidr, the second", "s: {f|expand|cidr: '%Nets%'}", f(text("fe80::1")), true},
      {"cidr, none", "s: {f|cidr|expand: '%Nets%'}", f(text("11.0.0.1")), false},
      {"base64", "s: {f|expand|base64offset|contains: 'user=%Host%'}", f(text("dXNlcj1zcnYtMQ==")), true},
      {"fieldref", "s: {f|fieldref|expand: '%Fields%'}", {{"f", text("x")}, {"owner", text("X")}}, true},
      {"fieldref, none",
       "s: {f|fieldref|expand: '%Fields%'}",
       {{"f", text("x")}, {"other", text("x")}},
       false},
  });
}

TEST(Placeholders, EachUnknownNameIsSaidWithTheOption) {
  const RuleLoad load = load_with(
      kValues, "s: {f|expand: ['%Admin%', '%Nowhere% %Host%'], g|expand: '%Nothing%'}\ncondition: s");
  EXPECT_EQ(load.refused, 1U);
  ASSERT_THAT(findings(load), ElementsAre("value.placeholder", "value.placeholder", "value.placeholder"));
  EXPECT_THAT(load.findings[0].message, HasSubstr("`Admin`"));
  EXPECT_THAT(load.findings[0].hint, HasSubstr("did you mean `Admins`?"));
  EXPECT_THAT(load.findings[1].message, HasSubstr("`Nowhere`"));
  EXPECT_THAT(load.findings[2].message, HasSubstr("`Nothing`"));
  for (const Diagnostic& finding : load.findings) {
    EXPECT_THAT(finding.hint, HasSubstr("--values"));
    EXPECT_THAT(finding.hint, HasSubstr("rule_values"));
    EXPECT_EQ(finding.line, 6);
  }
}

TEST(Placeholders, TooManyValuesAreRefused) {
  std::string values = "Hundred: [";
  for (int i = 0; i < 100; ++i) values += "v" + std::to_string(i) + ",";
  values += "]\nAHundredOne: [";
  for (int i = 0; i < 101; ++i) values += "v" + std::to_string(i) + ",";
  values += "]\n";
  static_assert(kPlaceholderValuesMax == 100 * 100);
  EXPECT_EQ(load_with(values, "s: {f|expand: '%Hundred%%Hundred%'}\ncondition: s").refused, 0U);
  const RuleLoad load = load_with(values, "s: {f|expand: '%Hundred%%AHundredOne%'}\ncondition: s");
  EXPECT_THAT(findings(load), ElementsAre("value.placeholder_limit"));
  std::string items;
  static_assert(kRulePlaceholderValuesMax == 10 * kPlaceholderValuesMax);
  for (int i = 0; i < 10; ++i) items += "f" + std::to_string(i) + "|expand: '%Hundred%%Hundred%', ";
  EXPECT_EQ(load_with(values, "s: {" + items + "}\ncondition: s").refused, 0U);
  const RuleLoad whole = load_with(values, "s: {" + items + "g|expand: x%Hundred%}\ncondition: s");
  EXPECT_THAT(findings(whole), ElementsAre("value.placeholder_limit"));
}

TEST(Placeholders, AValueThatTheModifierCannotUseIsSaidOnce) {
  EXPECT_THAT(findings(load_with(kValues, "s: {f|cidr|expand: '%Admins%'}\ncondition: s")),
              ElementsAre("value.network"));
  EXPECT_THAT(findings(load_with(kValues, "s: {f|gt|expand: '%Host%'}\ncondition: s")),
              ElementsAre("modifier.combination", "modifier.value_type"));
}

TEST(Placeholders, TheyWorkInFilters) {
  LoadOptions options;
  options.values = read_rule_values("values.yml", kValues);
  const std::string documents = rule_with("s: {f: 1}\ncondition: s") +
                                "---\ntitle: F\nlogsource: {category: test}\n"
                                "filter: {rules: any, a: {user|expand: '%Admins%'}, condition: not a}\n";
  const RuleLoad load = load_rule_text("rule.yml", documents, options);
  EXPECT_THAT(findings(load), IsEmpty());
  Event event;
  fill(event, {{"f", number("1")}, {"user", text("")}});
  EXPECT_FALSE(match_both(load.rules, event).empty());
  event.clear();
  fill(event, {{"f", number("1")}, {"user", text("bob")}});
  EXPECT_TRUE(match_both(load.rules, event).empty());
}

TEST(Placeholders, TheHashSaysWhichValuesTheyHave) {
  const std::string detection = "s: {f|expand: '%Admins%'}\ncondition: s";
  const RuleLoad load = load_with(kValues, detection);
  const RuleLoad changed = load_with("Admins: [alice]\n", detection);
  const RuleLoad more = load_with(std::string(kValues) + "More: x\n", detection);
  EXPECT_NE(load.rules->hash(), changed.rules->hash());
  EXPECT_EQ(load.rules->hash(), more.rules->hash()) << "a list that the rule does not use";
  const RuleSetManifest manifest = load.rules->manifest();
  const std::string list = R"(["alice", "Bob", "CORP\\carol"])"
                           "\n";
  EXPECT_EQ(manifest.contents.at(sha256(list)), list);
  EXPECT_THAT(manifest.contents.at(manifest.rules.at(0).content),
              HasSubstr("values:\n  \"Admins\": " + to_hex(sha256(list)) + "\n"));
}

TEST(Placeholders, AnExplanationShowsTheRuleAsWritten) {
  const RuleLoad load = load_with(kValues, "s: {f|expand: ['%Admins%', x]}\ncondition: s");
  Event event;
  fill(event, {{"f", text("bob")}});
  const Explanation out = Explainer(load.rules).explain(0, event);
  const ExplainedItem& item = out.selections.at(0).alternatives.at(0).items.at(0);
  ASSERT_EQ(item.leaves.size(), 2U);
  EXPECT_EQ(item.leaves[0].pattern, "%Admins%");
  EXPECT_EQ(item.leaves[0].reason, LeafReason::Holds);
  ASSERT_TRUE(item.leaves[0].found);
  EXPECT_EQ(item.leaves[0].found->text, "bob");
}

TEST(RuleValues, AreTextsByName) {
  const RuleValues values =
      read_rule_values("v.yml", "# people\nA: [x, 1, 0x1F, yes, '', 1.50]\nB: 'one, text'\n");
  EXPECT_THAT(values.findings, IsEmpty());
  EXPECT_THAT(values.lists, ElementsAre(Pair("A", ElementsAre("x", "1", "0x1F", "yes", "", "1.50")),
                                        Pair("B", ElementsAre("one, text"))));
}

TEST(RuleValues, EveryMistakeIsSaidWithItsPlaceAndLeavesTheListOut) {
  const struct {
    std::string text;
    std::string_view code;
    int line;
    int column;
  } rows[] = {
      {"", "file.empty", 1, 1},
      {"- a\n", "values.shape", 1, 1},
      {"just text\n", "values.shape", 1, 1},
      {"Good: a\nA: {b: c}\n", "values.shape", 2, 4},
      {"Good: a\nA: [[b]]\n", "values.shape", 2, 5},
      {"Good: a\nA: [b, null]\n", "values.shape", 2, 8},
      {"Good: a\nA:\n", "values.shape", 2, 1},
      {"Good: a\nA: []\n", "values.shape", 2, 4},
      {"Good: a\n'%A%': b\n", "values.name", 2, 1},
      {"Good: a\nA B: b\n", "values.name", 2, 1},
      {"A: b\nA: c\n", "yaml.duplicate_key", 2, 1},
      {"Good: " + std::string(kRuleValueBytesMax, 'x') + "\nA: " + std::string(kRuleValueBytesMax + 1, 'x') +
           "\n",
       "values.length", 2, 4},
      {"A: b\n---\nB: c\n", "values.shape", 2, 1},
      {"A: b: c\n", "yaml.syntax", 1, 5},
      {"A: \xFF\n", "file.encoding", 1, 4},
  };
  for (const auto& row : rows) {
    const RuleValues values = read_rule_values("v.yml", row.text);
    ASSERT_EQ(values.findings.size(), 1U) << row.text;
    const Diagnostic& finding = values.findings.front();
    EXPECT_EQ(finding.code, row.code) << row.text;
    EXPECT_EQ(finding.line, row.line) << row.text;
    EXPECT_EQ(finding.column, row.column) << row.text;
    EXPECT_EQ(finding.file, "v.yml");
    EXPECT_FALSE(values.lists.contains("A")) << row.text;
    EXPECT_EQ(values.lists.contains("Good"), row.text.starts_with("Good")) << row.text;
  }
}

TEST(RuleValues, TheirFindingsAreReportedWithThoseOfTheRules) {
  const RuleLoad load = load_with("Admins: {a: b}\n", "s: {f|expand: '%Admins%'}\ncondition: s");
  EXPECT_THAT(findings(load), ElementsAre("value.placeholder", "values.shape"));
  EXPECT_EQ(load.findings[1].file, "values.yml");
}

TEST(RuleValues, AFileThatIsNotThereIsAnError) {
  const Result<RuleValues> values = load_rule_values("/no/such/values.yml");
  ASSERT_FALSE(values);
  EXPECT_EQ(values.error().kind, ErrorKind::NotFound);
  const Result<RuleValues> folder = load_rule_values(::testing::TempDir());
  ASSERT_FALSE(folder);
  EXPECT_EQ(folder.error().kind, ErrorKind::Unavailable);
}

}  // namespace
}  // namespace countersign::testing
