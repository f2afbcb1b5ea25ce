// SPDX-License-Identifier: Apache-2.0
// Bytes of reports and stored values: there and back, and what is not such bytes.
#include "store/codec.h"

#include <gtest/gtest.h>

#include "core/wire/report_codec.h"
#include "world.h"

namespace countersign::test {
namespace {

/// Fills everything with a value of its own.
Report full_report() {
  Report report = report_of(7, {{"h1", 1}, {"h1", 2}, {"h2", 3}});
  report.partition.partition = -3;
  report.incarnation = 4;
  report.gaps.push_back({Offset{8}, Offset{9}, GapCause::SkippedByOperator});
  std::uint64_t number = 100;
  LedgerCounts& c = report.counts;
  for (std::uint64_t* count :
       {&c.delivered, &c.parsed, &c.dead_lettered, &c.events, &c.undecodable, &c.duplicate, &c.unmatched,
        &c.matched, &c.matches, &c.over_limit, &c.suppressed, &c.correlated, &c.uncorrelated, &c.attached,
        &c.opened, &c.repeated}) {
    *count = number++;
  }
  report.next.cursor = std::string("\0\xFF cursor", 9);
  report.next.event_time_max = at("2026-02-03T04:05:06.789012345Z");
  report.signals[0].group_key[0].present = false;
  report.signals[0].smallest[0].bytes = "\xC3\x28";
  report.signals[0].smallest[0].truncated = true;
  report.signals[0].explanation = R"({"matches":true})";
  DeadLetter letter;
  letter.index = 0;
  letter.reason = "bad_utf8";
  letter.bytes = "\xFF\xFE";
  letter.hash = sha256(letter.bytes);
  report.dead_letters.push_back(letter);
  VendorAlert& vendor = report.signals[1].vendor.emplace();
  vendor.pack = "defender";
  vendor.title = "Ransomware activity";
  vendor.url = "https://console.example/alerts/1";
  vendor.level = Level::High;
  report.clock = {3, 1, std::chrono::nanoseconds{-5}};
  report.observers.push_back({"observer.name", "fw1", 2, at("2026-02-03T04:05:06Z")});
  return report;
}

TEST(ReportCodec, EqualValuesHaveEqualBytesAndComeBack) {
  const Report report = full_report();
  const std::string bytes = encode_report(report);
  const auto back = decode_report(bytes);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(encode_report(*back), bytes);
  EXPECT_EQ(back->counts, report.counts);
  EXPECT_EQ(back->next, report.next);
  EXPECT_EQ(back->partition, report.partition);
  EXPECT_EQ(back->signals[0].group_key, report.signals[0].group_key);
  EXPECT_EQ(back->signals[0].smallest[0].bytes, "\xC3\x28");
  EXPECT_EQ(back->signals[0].explanation, R"({"matches":true})");
  EXPECT_EQ(back->signals[1].vendor, report.signals[1].vendor);
  EXPECT_EQ(back->dead_letters[0].index, 0U);
  EXPECT_EQ(back->clock, report.clock);
  EXPECT_EQ(back->observers, report.observers);
  EXPECT_EQ(back->digest, report.digest);
  Report changed = report;
  changed.digest.reset();
  EXPECT_NE(encode_report(changed), bytes);
  EXPECT_FALSE(decode_report(encode_report(changed))->digest);
}

TEST(ReportCodec, EveryCutOfAReportIsRefusedOrAShorterReport) {
  const std::string bytes = encode_report(full_report());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const auto back = decode_report(std::string_view(bytes).substr(0, length));
    if (back) {
      EXPECT_LT(encode_report(*back).size(), bytes.size()) << length;
    } else {
      EXPECT_EQ(back.error().kind, ErrorKind::Malformed);
    }
  }
}

TEST(ReportCodec, ManifestsComeBack) {
  const RuleSetManifest rules = ruleset();
  const auto rules_back = decode_ruleset(encode_ruleset(rules));
  ASSERT_TRUE(rules_back);
  EXPECT_EQ(rules_back->hash, rules.hash);
  EXPECT_EQ(rules_back->contents, rules.contents);
  EXPECT_EQ(rules_back->rules[0].title, rules.rules[0].title);
  const PackSetManifest set = packs();
  const auto set_back = decode_packs(encode_packs(set));
  ASSERT_TRUE(set_back);
  EXPECT_EQ(set_back->packs, set.packs);
  EXPECT_EQ(set_back->contents, set.contents);
  EXPECT_EQ(decode_ruleset("\x01").error().kind, ErrorKind::Malformed);
  EXPECT_EQ(decode_packs("\x01").error().kind, ErrorKind::Malformed);
}

TEST(StoreCodec, ValuesOutsideTheirRangeAreCorrupt) {
  EXPECT_EQ(decode<AlertRecord>("").error().kind, ErrorKind::Corrupt);  // no status, no severity
  EXPECT_EQ(decode<Batch>("\x01\x02").error().kind, ErrorKind::Corrupt);
  EXPECT_EQ(decode<Head>("\xFF").error().kind, ErrorKind::Corrupt);
  EXPECT_TRUE(decode<Head>(encode(Head{})));
}

TEST(StoreCodec, MergingCountsAddsAndWidensInAnyGrouping) {
  const auto counts = [](std::uint64_t count, int first, int last) {
    const Timestamp zero = at("2026-01-01T00:00:00Z");
    return AlertCounts{count, zero + std::chrono::seconds{first}, zero + std::chrono::seconds{last}, false};
  };
  const std::string a = encode(counts(1, 5, 5));
  const std::string b = encode(counts(2, 3, 9));
  const std::string c = encode(counts(4, 7, 20));
  const std::string sum = encode(counts(7, 3, 20));
  const std::vector<std::string_view> all{a, b, c};
  EXPECT_EQ(merge_counts(std::nullopt, all), sum);
  const std::vector<std::string_view> last{c};
  const std::vector<std::string_view> first{b, a};
  EXPECT_EQ(merge_counts(merge_counts(std::nullopt, first), last), sum);
}

TEST(StoreCodec, AnOperandThatCannotBeReadMarksTheValueAndNeverFails) {
  const std::vector<std::string_view> broken{"\xFF"};
  const std::string value = merge_counts(encode(AlertCounts{3, {}, {}, false}), broken);
  const auto back = decode<AlertCounts>(value);
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->damaged);
  EXPECT_EQ(back->count, 3U);
}

TEST(StoreKeys, ByteOrderIsTheOrderOfTheValues) {
  const AlertId id{1, 0, 5};
  const Timestamp early = at("1969-01-01T00:00:00Z");
  const Timestamp late = at("2026-01-01T00:00:00Z");
  EXPECT_LT(key::due_from(early), key::due_from(late));
  const QueuePlace worse{Status::New, Level::Critical, late, {}};
  const QueuePlace milder{Status::New, Level::Low, early, {}};
  const QueuePlace closed{Status::Closed, Level::Critical, early, {}};
  EXPECT_LT(key::queue_severity(worse, id), key::queue_severity(milder, id));
  EXPECT_LT(key::queue_severity(milder, id), key::queue_severity(closed, id));
  EXPECT_EQ(key::alert_at_end(key::queue_severity(worse, id)), id);
  const auto due = key::parse_due(key::due(late, DueKind::Wake, "subject"));
  ASSERT_TRUE(due);
  EXPECT_EQ(due->time, late);
  EXPECT_EQ(due->kind, DueKind::Wake);
  EXPECT_EQ(due->subject, "subject");
}

TEST(StoreKeys, NoTextIsThePrefixOfAnother) {
  const std::vector<std::string> names{
      "", "a", "ab", std::string("a\0", 2), std::string("a\0b", 3), std::string("a\0\xFF", 3)};
  for (const std::string& one : names) {
    for (const std::string& other : names) {
      if (one == other) continue;
      EXPECT_FALSE(key::owner_prefix(PersonId{one}).starts_with(key::owner_prefix(PersonId{other})));
    }
  }
  EXPECT_EQ(key::end_of("a\xFF"), "b");
  EXPECT_EQ(key::end_of("\xFF\xFF"), "");
}

}  // namespace
}  // namespace countersign::test
