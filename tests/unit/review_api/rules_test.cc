// SPDX-License-Identifier: Apache-2.0
// Asking for rules to be loaded anew, and what rules cost, over HTTP.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/unit/review_api/api_fixture.h"

namespace countersign::test {
namespace {

namespace json = boost::json;
constexpr const char* kReload = "/api/v1/rules:reload";

class RulesTest : public ApiTest {
 protected:
  /// What the next reload comes to.
  void reload_gives(RuleReload::Outcome outcome, std::vector<std::string> reasons = {}) {
    reload_ = [this, outcome, reasons] {
      ++reloads_;
      RuleReload done;
      done.outcome = outcome;
      done.reasons = reasons;
      done.ruleset = sha256("rules");
      done.packs = sha256("packs");
      done.rules = 12;
      done.refused = 3;
      return done;
    };
    restart();
  }
  int reloads_ = 0;
};

TEST_F(RulesTest, AReloadSaysWhatIsInForce) {
  reload_gives(RuleReload::Outcome::Loaded);
  const WireAnswer answer = call("POST", kReload, operator_);
  ASSERT_EQ(answer.status, 200U) << answer.body;
  const json::value body = parse(answer);
  EXPECT_EQ(body.at("outcome").as_string(), "loaded");
  EXPECT_EQ(body.at("ruleset").as_string(), to_hex(sha256("rules")));
  EXPECT_EQ(body.at("packs").as_string(), to_hex(sha256("packs")));
  EXPECT_EQ(body.at("rules").as_int64(), 12);
  EXPECT_EQ(body.at("refused").as_int64(), 3);
  reload_gives(RuleReload::Outcome::Unchanged);
  EXPECT_EQ(parse(call("POST", kReload, author_, "{}")).at("outcome").as_string(), "unchanged");
}

TEST_F(RulesTest, ARefusedReloadNamesEachReason) {
  reload_gives(RuleReload::Outcome::Refused, {"a.yml:3:1: error[x]: y", "no rule is left of 2"});
  const WireAnswer answer = call("POST", kReload, author_);
  ASSERT_EQ(answer.status, 409U) << answer.body;
  const json::value body = parse(answer);
  EXPECT_EQ(body.at("errors").as_array().size(), 2U);
  EXPECT_EQ(body.at_pointer("/errors/0/message").as_string(), "a.yml:3:1: error[x]: y");
  EXPECT_EQ(body.at_pointer("/errors/0/code").as_string(), "reload_refused");
}

TEST_F(RulesTest, ReasonsWithoutEndAreCut) {
  reload_gives(RuleReload::Outcome::Refused, std::vector<std::string>(500, "again"));
  EXPECT_EQ(parse(call("POST", kReload, author_)).at("errors").as_array().size(), 100U);
}

TEST_F(RulesTest, OnlyOperatorsAndRuleAuthorsReload) {
  reload_gives(RuleReload::Outcome::Loaded);
  for (const Credential& who : {analyst_, lead_, manager_, auditor_, token_with({"read", "note"})})
    EXPECT_EQ(call("POST", kReload, who).status, 403U);
  EXPECT_EQ(call("POST", kReload, nobody_).status, 401U);
  EXPECT_EQ(call("POST", kReload, operator_, R"({"force":true})").status, 422U);
  EXPECT_EQ(call("GET", kReload, operator_).status, 405U);
  EXPECT_EQ(reloads_, 0);
}

TEST_F(RulesTest, CostsAreThoseOfTheRulesInForce) {
  std::size_t asked = 0;
  costs_ = [&asked](std::size_t top) {
    asked = top;
    RuleCostReport report;
    report.ruleset = sha256("rules");
    report.since = at("2026-11-02T08:00:00Z");
    report.time = std::chrono::microseconds{5};
    RuleCostRow row;
    row.cost.candidates = 10;
    row.cost.evaluations = 9;
    row.cost.matches = 2;
    row.cost.time = std::chrono::microseconds{4};
    row.events = 100;
    row.time_share = 0.8;
    row.witness = "EventID is 7";
    report.rules.push_back({RuleId{"r-1"}, "Slow", row, true});
    return report;
  };
  restart();
  const WireAnswer answer = call("GET", "/api/v1/rules/costs?limit=7", token_with({"read"}));
  ASSERT_EQ(answer.status, 200U) << answer.body;
  EXPECT_EQ(asked, 7U);
  const json::value body = parse(answer);
  EXPECT_EQ(body.at("since").as_string(), "2026-11-02T08:00:00.000Z");
  EXPECT_EQ(body.at("nanoseconds").as_int64(), 5'000);
  const json::value& row = body.at("items").at(0);
  EXPECT_EQ(row.at("id").as_string(), "r-1");
  EXPECT_EQ(row.at("candidates").as_int64(), 10);
  EXPECT_EQ(row.at("events").as_int64(), 100);
  EXPECT_EQ(row.at("nanoseconds").as_int64(), 4'000);
  EXPECT_EQ(row.at("witness").as_string(), "EventID is 7");
  EXPECT_TRUE(row.at("quarantined").as_bool());
}

}  // namespace
}  // namespace countersign::test
