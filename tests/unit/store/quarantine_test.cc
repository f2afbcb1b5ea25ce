// SPDX-License-Identifier: Apache-2.0
// A rule that is not evaluated any more: the entry, and the alert about itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "direct.h"

namespace countersign::test {
namespace {

using ::testing::HasSubstr;

class Quarantine : public testing::Test {
 protected:
  Quarantine() {
    EXPECT_TRUE(store.run(RulesCommand{ruleset()}));
    EXPECT_TRUE(store.run(PacksCommand{packs()}));
  }
  Result<Decided> quarantine(std::string_view rule = kRule) {
    QuarantinedRule what;
    what.ruleset = ruleset().hash;
    what.rule = RuleId{std::string(rule)};
    what.share_permille = 1'234;
    what.budget_permille = 200;
    what.samples = 17;
    what.window = std::chrono::seconds{300};
    auto done = store.run(QuarantineCommand{what});
    if (done && done->batch)
      entries.insert(entries.end(), done->batch->entries.begin(), done->batch->entries.end());
    return done;
  }
  static AlertId alert(std::uint64_t counter) { return {1, 0, counter}; }
  bool exists(std::uint64_t counter) { return store.view().alert(alert(counter)).has_value(); }

  Direct store;
  std::vector<std::string> entries;
};

TEST_F(Quarantine, WritesItsEntryAndOpensAnAlertAboutItself) {
  ASSERT_TRUE(quarantine());
  const AlertRecord record = store.record(alert(1));
  EXPECT_EQ(record.facts.kind, AlertKind::Self);
  EXPECT_EQ(record.facts.rule_id, RuleId{std::string(kRule)});
  EXPECT_EQ(record.facts.severity, Level::High);
  EXPECT_EQ(record.review.status, Status::New);
  EXPECT_THAT(record.facts.title, HasSubstr("Rule quarantined: "));
  EXPECT_THAT(record.facts.description, HasSubstr("took 123.4 % of a worker's time over 300 s"));
  EXPECT_EQ(store.counts(alert(1)).count, 1U);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_THAT(entries[0], HasSubstr(R"("kind":"self","cause":{"kind":"self"},"rule_id":null,"rule":null)"));
  EXPECT_THAT(entries[1], HasSubstr(R"("type":"rules.quarantined")"));
  EXPECT_THAT(entries[1], HasSubstr(R"("share_permille":1234,"budget_permille":200,"samples":17,)"
                                    R"("window_seconds":300,"alert":"1-000-000001")"));
}

TEST_F(Quarantine, AgainItCountsOnTheOpenAlertAndOpensAnotherOnceThatIsClosed) {
  ASSERT_TRUE(quarantine());
  ASSERT_TRUE(quarantine());
  EXPECT_FALSE(exists(2));
  EXPECT_EQ(store.counts(alert(1)).count, 2U);
  store.must(ActionKind::Close, alert(1), "p-anna");
  ASSERT_TRUE(quarantine());
  ASSERT_TRUE(exists(2));
  EXPECT_EQ(store.record(alert(2)).facts.generation, 2U);
  EXPECT_EQ(store.record(alert(2)).facts.links, std::vector<AlertId>{alert(1)});
}

TEST_F(Quarantine, IsApartFromTheAlertsOfTheRule) {
  ASSERT_TRUE(quarantine());
  ASSERT_TRUE(store.run(ReportCommand{report_of(0, {{"h1", 1}})}));
  ASSERT_TRUE(exists(2));
  EXPECT_EQ(store.record(alert(2)).facts.kind, AlertKind::Rule);
}

TEST_F(Quarantine, OfAnUnknownRuleIsRefused) {
  const auto done = quarantine("nobody");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::NotFound);
  EXPECT_FALSE(exists(1));
}

}  // namespace
}  // namespace countersign::test
