// SPDX-License-Identifier: Apache-2.0
// Alerts that products raise themselves: one for each of theirs, and what they say of it is claimed, never
// ours.
#include <gtest/gtest.h>

#include "direct.h"
#include "store/codec.h"
#include "store/evidence/strict_json.h"

namespace countersign::test {
namespace {

class VendorAlerts : public testing::Test {
 protected:
  VendorAlerts() {
    EXPECT_TRUE(store.run(RulesCommand{ruleset()}));
    EXPECT_TRUE(store.run(PacksCommand{packs()}));
  }

  /// One event of the product's alert `id`; without an id, of the host.
  static Report report(std::uint64_t offset, const std::string& id, const std::vector<std::string>& says,
                       Level level = Level::Medium) {
    Report out = report_of(offset, {{"h1", static_cast<std::int64_t>(offset)}});
    Signal& signal = out.signals.front();
    signal.rule.value = "vendor:edr";
    if (!id.empty()) signal.group_key = {{std::string(kVendorAlertIdField), true, id, id}};
    signal.vendor = VendorAlert{"edr", "Ransomware stopped", "https://edr.example/1", level, {}};
    for (const std::string& status : says) add_claim(signal.vendor->claims, {signal.first, status});
    return out;
  }
  void must(Report report) {
    const auto done = store.run(ReportCommand{std::move(report)});
    ASSERT_TRUE(done) << done.error().message;
  }
  static AlertId alert(std::uint64_t counter) { return {1, 0, counter}; }
  bool exists(std::uint64_t counter) { return store.view().alert(alert(counter)).has_value(); }

  Direct store;
};

TEST_F(VendorAlerts, AreOpenedAsWhatTheProductSays) {
  must(report(0, "7", {"new"}, Level::High));
  const Alert facts = store.record(alert(1)).facts;
  EXPECT_EQ(facts.kind, AlertKind::Vendor);
  EXPECT_EQ(facts.rule_id.value, "vendor:edr");
  EXPECT_EQ(facts.title, "Ransomware stopped");
  EXPECT_EQ(facts.author, "edr");
  EXPECT_EQ(facts.references, (std::vector<std::string>{"https://edr.example/1"}));
  EXPECT_EQ(facts.severity, Level::High);
  EXPECT_EQ(facts.severity_source, "vendor");
  EXPECT_EQ(facts.claimed, "new");
}

TEST_F(VendorAlerts, UpdatesChangeWhatIsClaimedAndNothingElse) {
  must(report(0, "7", {"new", "closed"}));
  const AlertRecord before = store.record(alert(1));
  EXPECT_EQ(before.facts.claimed, "closed");
  EXPECT_EQ(before.review.status, Status::New);
  must(report(1, "7", {"closed"}));
  EXPECT_EQ(store.record(alert(1)).last_entry, before.last_entry) << "it says the same again";
  must(report(2, "7", {"reopened", "closed"}));
  const AlertRecord after = store.record(alert(1));
  EXPECT_EQ(after.facts.version, before.facts.version);
  EXPECT_EQ(after.review.status, Status::New);
  EXPECT_EQ(after.facts.claimed, "closed");
  EXPECT_EQ(after.last_entry.value, before.last_entry.value + 2);
  EXPECT_EQ(store.counts(alert(1)).count, 3U);
  EXPECT_FALSE(exists(2));
}

TEST_F(VendorAlerts, AnIdOfItsOwnNeverOpensASecondReviewUnlessItGetsWorse) {
  must(report(0, "7", {"new"}));
  store.must(ActionKind::Close, alert(1), "p-anna");
  store.advance(std::chrono::hours{24 * 30});
  must(report(1, "7", {"reopened"}));
  EXPECT_FALSE(exists(2));
  EXPECT_EQ(store.record(alert(1)).review.status, Status::Closed);
  EXPECT_EQ(store.record(alert(1)).facts.claimed, "reopened");
  must(report(2, "7", {"reopened"}, Level::Critical));
  ASSERT_TRUE(exists(2));
  EXPECT_EQ(store.record(alert(2)).facts.generation, 2U);
  must(report(3, "8", {}));
  EXPECT_TRUE(exists(3));
  EXPECT_EQ(store.record(alert(3)).facts.claimed, "");
}

TEST_F(VendorAlerts, WithoutAnIdTheyAreGroupedAndComeAgainAsThoseOfRules) {
  must(report(0, "", {"cleaned"}));
  store.must(ActionKind::Close, alert(1), "p-anna");
  store.advance(std::chrono::hours{25});
  must(report(1, "", {"cleaned"}));
  EXPECT_TRUE(exists(2));
}

TEST_F(VendorAlerts, AClaimIsKeptWhenItIsAnotherThanTheOneBefore) {
  std::vector<VendorClaim> claims;
  for (const char* status : {"", "a", "a", "b", "a", ""}) add_claim(claims, {Timestamp{}, status});
  ASSERT_EQ(claims.size(), 3U);
  for (int i = 0; i < 200; ++i) add_claim(claims, {Timestamp{}, "s" + std::to_string(i)});
  EXPECT_EQ(claims.size(), kVendorClaimsMax);
  EXPECT_EQ(claims.back().status, "s199");
}

}  // namespace
}  // namespace countersign::test
