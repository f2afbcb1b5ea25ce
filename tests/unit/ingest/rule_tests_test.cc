// SPDX-License-Identifier: Apache-2.0
#include "ingest/rule_tests.h"

#include <gtest/gtest.h>

namespace countersign::testing {
namespace {

TEST(RuleTests, MessagesAreTextsOrObjects) {
  const RuleTestFile file = parse_rule_tests(
      "{\"expect\":\"match\",\"why\":\"w\",\"message\":\"a=b\"}\n \r\n"
      "{\"message\": {\"n\": [1, 2]}, \"expect\": \"no_match\", \"rule\": \"r\"}");
  EXPECT_TRUE(file.problems.empty());
  ASSERT_EQ(file.events.size(), 2U);
  EXPECT_EQ(file.events[0].line, 1U);
  EXPECT_TRUE(file.events[0].match);
  EXPECT_EQ(file.events[0].why, "w");
  EXPECT_EQ(file.events[0].message, "a=b");
  EXPECT_EQ(file.events[1].line, 3U);
  EXPECT_FALSE(file.events[1].match);
  EXPECT_EQ(file.events[1].message, R"({"n":[1,2]})");
  EXPECT_EQ(file.events[1].rule, "r");
}

TEST(RuleTests, EachBadLineIsNamedAndTheOthersStay) {
  const struct {
    const char* line;
    const char* problem;
  } rows[] = {
      {"nonsense", "no JSON object"},
      {"[1]", "no JSON object"},
      {R"({"message":"m"})", "no `expect`"},
      {R"({"expect":"match"})", "no `message`"},
      {R"({"expect":"maybe","message":"m"})", R"(`expect` is "maybe")"},
      {R"({"expect":1,"message":"m"})", "`expect` is no text"},
      {R"({"expect":"match","message":"m","expekt":"x"})", "`expekt`"},
  };
  std::string text;
  for (const auto& row : rows) text += std::string(row.line) + "\n";
  const RuleTestFile file = parse_rule_tests(text + R"({"expect":"match","message":"m"})");
  ASSERT_EQ(file.problems.size(), std::size(rows));
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    EXPECT_EQ(file.problems[i].line, i + 1);
    EXPECT_NE(file.problems[i].message.find(rows[i].problem), std::string::npos) << file.problems[i].message;
  }
  EXPECT_EQ(file.events.size(), 1U);
}

TEST(RuleTests, TheFileLiesBesideTheRule) {
  EXPECT_EQ(rule_tests_path("a/b.c.yml"), "a/b.c.tests.ndjson");
  EXPECT_EQ(rule_tests_path("x.yaml"), "x.tests.ndjson");
  const auto missing = read_rule_tests("/no/such/file.tests.ndjson");
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().kind, ErrorKind::NotFound);
}

}  // namespace
}  // namespace countersign::testing
