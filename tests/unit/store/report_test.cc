// SPDX-License-Identifier: Apache-2.0
// Reports: grouping, generations, samples, and the books.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/limits.h"
#include "direct.h"
#include "store/codec.h"
#include "store/evidence/entry.h"
#include "store/ledger.h"
#include "store/payload.h"
#include "store/reader.h"
#include "store/samples.h"

namespace countersign::test {
namespace {

class Reports : public testing::Test {
 protected:
  Reports() {
    EXPECT_TRUE(store.run(RulesCommand{ruleset()}));
    EXPECT_TRUE(store.run(PacksCommand{packs()}));
  }

  Result<Decided> submit(Report report) { return store.run(ReportCommand{std::move(report)}); }
  void must(Report report) {
    const auto done = submit(std::move(report));
    ASSERT_TRUE(done) << done.error().message;
  }
  static AlertId alert(std::uint64_t counter) { return {1, 0, counter}; }
  bool exists(std::uint64_t counter) { return store.view().alert(alert(counter)).has_value(); }
  LedgerRow sum(const std::string& topic = "t", std::uint32_t incarnation = 0) {
    return store.view().ledger_sum({SourceName{"src"}, TopicName{topic}, 0}, incarnation).value().value();
  }
  std::uint64_t position(const std::string& topic = "t") {
    return store.view().position({SourceName{"src"}, TopicName{topic}, 0}).value()->next.value;
  }
  std::string explanation(std::uint64_t counter) {
    return Reader(store.db(), clock).explanation(alert(counter)).value();
  }
  void close(std::uint64_t counter) { store.must(ActionKind::Close, alert(counter), "p-anna"); }

  Direct store;
  ManualClock clock{at("2026-03-01T08:00:00Z")};
};

TEST_F(Reports, OneOpenAlertPerRuleAndGroupKey) {
  must(report_of(0, {{"h1", 1}, {"h1", 2}, {"h2", 3}}));
  must(report_of(3, {{"h1", 4}}));
  EXPECT_TRUE(exists(2));
  EXPECT_FALSE(exists(3));
  EXPECT_EQ(store.counts(alert(1)).count, 3U);
  EXPECT_EQ(store.counts(alert(2)).count, 1U);
}

TEST_F(Reports, ATextThatIsAbsentIsAGroupOfItsOwn) {
  Report report = report_of(0, {{"h1", 1}, {"", 2}});
  report.signals[1].group_key[0].present = false;
  must(report);
  Report empty = report_of(2, {{"", 3}});
  must(empty);
  EXPECT_TRUE(exists(3));
}

TEST_F(Reports, AttachingChangesNeitherVersionNorQueueRows) {
  must(report_of(0, {{"h1", 10}}));
  const AlertRecord before = store.record(alert(1));
  const auto row = store.db().get(Family::QueueSeverity, key::queue_severity(place_of(before), alert(1)));
  must(report_of(1, {{"h1", 5}, {"h1", 500}}));
  EXPECT_EQ(store.record(alert(1)).facts.version, before.facts.version);
  EXPECT_EQ(*store.db().get(Family::QueueSeverity, key::queue_severity(place_of(before), alert(1))), *row);
  const AlertCounts counts = store.counts(alert(1));
  EXPECT_EQ(counts.count, 3U);
  EXPECT_EQ(counts.first, at("2026-03-01T07:00:05Z"));
  EXPECT_EQ(counts.last, at("2026-03-01T07:08:20Z"));
}

TEST_F(Reports, TheSampleIsTheFiveSmallestAndLargestWhateverTheOrder) {
  std::vector<std::int64_t> seconds;
  for (int i = 0; i < 40; ++i) seconds.push_back((i * 17) % 40);
  std::uint64_t offset = 0;
  for (const std::int64_t second : seconds) must(report_of(offset++, {{"h1", second}}));
  const SampleHeads heads = store.view().samples(alert(1)).value();
  ASSERT_EQ(heads.smallest.size(), 5U);
  ASSERT_EQ(heads.largest.size(), 5U);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(heads.smallest[static_cast<std::size_t>(i)].time,
              at("2026-03-01T07:00:00Z") + std::chrono::seconds{i});
    EXPECT_EQ(heads.largest[static_cast<std::size_t>(i)].time,
              at("2026-03-01T07:00:00Z") + std::chrono::seconds{35 + i});
  }
  // The bytes of exactly these ten are kept.
  int kept = 0;
  for (int i = 0; i < 40; ++i) {
    const std::string place = key::sample_payload(alert(1), sha256(fmt::format("h1 {}", i)));
    kept += store.db().get(Family::Payloads, place).value().has_value() ? 1 : 0;
    EXPECT_EQ(store.db().get(Family::Payloads, place).value().has_value(), i < 5 || i >= 35) << i;
  }
  EXPECT_EQ(kept, 10);
}

TEST_F(Reports, AfterClosureTheQuietPeriodCountsOnTheClosedAlert) {
  must(report_of(0, {{"h1", 1}}));
  close(1);
  store.advance(std::chrono::hours{23});
  must(report_of(1, {{"h1", 2}, {"h1", 3}}));
  EXPECT_FALSE(exists(2));
  const Alert closed = alert_of(store.record(alert(1)), store.counts(alert(1)));
  EXPECT_EQ(closed.count, 3U);
  EXPECT_EQ(closed.since_decision, 2U);
  EXPECT_EQ(closed.status, Status::Closed);
  EXPECT_EQ(sum().counts.attached, 2U);
}

TEST_F(Reports, BeyondTheQuietPeriodTheNextGenerationOpensLinked) {
  must(report_of(0, {{"h1", 1}}));
  close(1);
  store.advance(std::chrono::hours{24} + std::chrono::minutes{1});
  must(report_of(1, {{"h1", 2}, {"h1", 3}}));
  ASSERT_TRUE(exists(2));
  const AlertRecord next = store.record(alert(2));
  EXPECT_EQ(next.facts.generation, 2U);
  EXPECT_EQ(next.facts.links, std::vector<AlertId>{alert(1)});
  EXPECT_EQ(store.counts(alert(2)).count, 2U);
  EXPECT_EQ(store.counts(alert(1)).count, 1U);
}

TEST_F(Reports, AHigherSeverityOpensTheNextGenerationAtOnce) {
  must(report_of(0, {{"h1", 1}}));
  close(1);
  ASSERT_TRUE(store.run(RulesCommand{ruleset(Level::Critical)}));
  Report worse = report_of(1, {{"h1", 2}});
  worse.ruleset = ruleset(Level::Critical).hash;
  must(worse);
  ASSERT_TRUE(exists(2));
  EXPECT_EQ(store.record(alert(2)).facts.severity, Level::Critical);
}

TEST_F(Reports, ALowerSeverityDoesNot) {
  must(report_of(0, {{"h1", 1}}));
  close(1);
  ASSERT_TRUE(store.run(RulesCommand{ruleset(Level::Low)}));
  Report milder = report_of(1, {{"h1", 2}});
  milder.ruleset = ruleset(Level::Low).hash;
  must(milder);
  EXPECT_FALSE(exists(2));
}

TEST_F(Reports, AReopenedAlertTakesItsMatchesBackUnlessALaterGenerationIsOpen) {
  must(report_of(0, {{"h1", 1}}));
  close(1);
  store.advance(std::chrono::hours{25});
  must(report_of(1, {{"h1", 2}}));  // generation 2, open
  const auto refused = store.run(ActionCommand{store.request(ActionKind::Reopen, alert(1), "p-anna"), false});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
  close(2);
  store.must(ActionKind::Reopen, alert(1), "p-anna");
  must(report_of(2, {{"h1", 3}}));
  EXPECT_EQ(store.counts(alert(1)).count, 2U);
  EXPECT_EQ(store.counts(alert(2)).count, 1U);
  close(1);
  store.advance(std::chrono::hours{25});
  must(report_of(3, {{"h1", 4}}));
  ASSERT_TRUE(exists(3));
  EXPECT_EQ(store.record(alert(3)).facts.generation, 3U);
}

TEST_F(Reports, AnExpiredAlertIsStillTheOneThatMatchesAttachTo) {
  must(report_of(0, {{"h1", 1}}));
  store.must(ActionKind::ExpireUnreviewed, alert(1), "");
  must(report_of(1, {{"h1", 2}}));
  EXPECT_FALSE(exists(2));
  EXPECT_EQ(store.counts(alert(1)).count, 2U);
}

TEST_F(Reports, SignalsOfOneGroupInOneReportAreFolded) {
  Report report = report_of(0, {{"h1", 1}, {"h2", 2}});
  report.signals[1] = report.signals[0];
  must(report);
  EXPECT_FALSE(exists(2));
  EXPECT_EQ(store.counts(alert(1)).count, 2U);
  EXPECT_EQ(sum().counts.opened, 1U);
  EXPECT_EQ(sum().counts.attached, 1U);
}

// --- explanations

/// Like report_of, with `{"why":text}` as explanation of each signal.
Report explained(Report report, const std::string& text) {
  for (Signal& signal : report.signals) signal.explanation = R"({"why":")" + text + R"("})";
  return report;
}

TEST_F(Reports, TheExplanationOfTheMatchThatOpensAnAlertIsKeptAndNoOther) {
  must(explained(report_of(0, {{"h1", 1}}), "first"));
  must(explained(report_of(1, {{"h1", 2}}), "second"));
  EXPECT_EQ(explanation(1), R"({"why":"first"})");
  close(1);
  store.advance(std::chrono::hours{25});
  must(explained(report_of(2, {{"h1", 3}}), "third"));
  EXPECT_EQ(explanation(1), R"({"why":"first"})");
  EXPECT_EQ(explanation(2), R"({"why":"third"})");
}

TEST_F(Reports, AMatchThatAttachesStoresNoExplanation) {
  must(explained(report_of(0, {{"h1", 1}}), "first"));
  // An event that is there already: nothing is sealed for it either.
  const auto attached = submit(explained(report_of(1, {{"h1", 1}}), "second"));
  ASSERT_TRUE(attached && attached->batch);
  EXPECT_TRUE(attached->batch->payloads.empty());
  EXPECT_TRUE(attached->batch->entries.empty());
  EXPECT_THAT(encode(*attached->batch), ::testing::Not(::testing::HasSubstr("second")));
}

TEST_F(Reports, AnAlertWithoutExplanationHasNone) {
  must(report_of(0, {{"h1", 1}}));
  EXPECT_EQ(explanation(1), "");
  EXPECT_EQ(Reader(store.db(), clock).explanation(alert(9)).error().kind, ErrorKind::NotFound);
}

TEST_F(Reports, TheEntryCommitsToTheExplanation) {
  const auto done = submit(explained(report_of(0, {{"h1", 1}}), "first"));
  ASSERT_TRUE(done);
  const EntrySeq opened{done->batch->first_entry};
  ASSERT_THAT(done->batch->entries.at(0), ::testing::HasSubstr(R"("type":"alert.opened")"));
  const std::string place = key::entry_payload(opened);
  const auto sealed = decode<Sealed>(**store.db().get(Family::Payloads, place));
  const auto secret = decode<PayloadKey>(**store.db().get(Family::PayloadKeys, place));
  const std::string payload = open_payload(place, *sealed, *secret).value();
  EXPECT_THAT(payload, ::testing::HasSubstr(R"(,"explanation":{"why":"first"}})"));
  Salt salt{};
  std::ranges::copy(as_bytes(secret->salt), salt.begin());
  EXPECT_THAT(done->batch->entries.at(0), ::testing::HasSubstr(commitment(salt, payload)));
}

TEST_F(Reports, AnExplanationThatNobodyCouldReadIsRefusedAsCorrupt) {
  for (const std::string& bad : {std::string("{"), std::string("[]"), std::string(R"({"a":1,"a":2})"),
                                 R"({"a":")" + std::string(kExplanationBytesMax, 'x') + R"("})"}) {
    Report report = report_of(0, {{"h1", 1}});
    report.signals[0].explanation = bad;
    const auto refused = submit(report);
    ASSERT_FALSE(refused) << bad.substr(0, 20);
    EXPECT_EQ(refused.error().kind, ErrorKind::Corrupt);
  }
  EXPECT_FALSE(exists(1));
}

TEST_F(Reports, OfSignalsThatAreFoldedTheEarliestExplains) {
  Report report = explained(report_of(4, {{"h1", 1}, {"h2", 2}}), "late");
  report.signals[1] = report.signals[0];
  report.signals[0].first_offset.value = 5;
  report.signals[1].explanation = R"({"why":"early"})";
  must(report);
  EXPECT_EQ(explanation(1), R"({"why":"early"})");
}

// --- positions

TEST_F(Reports, AReportAppliesOnceAtThePosition) {
  must(report_of(0, {{"h1", 1}, {"h1", 2}}));
  EXPECT_EQ(position(), 2U);
  must(report_of(0, {{"h1", 1}, {"h1", 2}}));  // again: dropped
  EXPECT_EQ(position(), 2U);
  EXPECT_EQ(store.counts(alert(1)).count, 2U);
  EXPECT_EQ(sum().counts.delivered, 2U);
  EXPECT_EQ(sum().dropped_reports, 1U);
}

TEST_F(Reports, AnOverlapAppliesAndIsListedAsRepeated) {
  must(report_of(0, {{"h1", 1}, {"h1", 2}, {"h1", 3}}));
  must(report_of(1, {{"h1", 2}, {"h1", 3}, {"h1", 4}, {"h1", 5}}));
  EXPECT_EQ(position(), 5U);
  EXPECT_EQ(sum().counts.repeated, 2U);
  EXPECT_EQ(sum().counts.delivered, 7U);
  EXPECT_TRUE(imbalances(sum()).empty());
}

TEST_F(Reports, AHoleStopsThatPartitionAlone) {
  must(quiet_report(0, 5));
  const auto hole = submit(quiet_report(7, 2));
  ASSERT_FALSE(hole);
  EXPECT_EQ(hole.error().kind, ErrorKind::Conflict);
  EXPECT_EQ(position(), 5U);
  must(quiet_report(0, 3, "other"));
  must(quiet_report(5, 2));
}

TEST_F(Reports, ANewIncarnationStartsItsOwnBooks) {
  must(quiet_report(0, 5));
  Report next = quiet_report(0, 3);
  next.incarnation = next.next.incarnation = 1;
  must(next);
  EXPECT_EQ(sum("t", 0).end.value, 5U);
  EXPECT_EQ(sum("t", 1).end.value, 3U);
  const auto old = submit(quiet_report(5, 1));
  ASSERT_FALSE(old);
  EXPECT_EQ(old.error().kind, ErrorKind::Conflict);
}

TEST_F(Reports, TheLargestEventTimeNeverGoesBack) {
  Report first = quiet_report(0, 1);
  first.next.event_time_max = at("2026-03-01T10:00:00Z");
  must(first);
  Report second = quiet_report(1, 1);
  second.next.event_time_max = at("2026-03-01T09:00:00Z");
  must(second);
  const auto found = store.view().position(first.partition).value();
  EXPECT_EQ(found->event_time_max, at("2026-03-01T10:00:00Z"));
}

// --- sums that do not balance

TEST_F(Reports, EverySumThatDoesNotBalanceIsRefusedAsCorrupt) {
  struct Case {
    std::string_view name;
    void (*damage)(Report&);
  };
  const std::vector<Case> cases{
      {"delivered", [](Report& r) { ++r.counts.delivered; }},
      {"parsed", [](Report& r) { --r.counts.parsed; }},
      {"events", [](Report& r) { ++r.counts.events; }},
      {"matched", [](Report& r) { ++r.counts.matched; }},
      {"unmatched", [](Report& r) { ++r.counts.unmatched; }},
      {"matches", [](Report& r) { ++r.counts.matches; }},
      {"suppressed", [](Report& r) { ++r.counts.suppressed; }},
      {"signal count", [](Report& r) { ++r.signals[0].count; }},
      {"signal of nothing", [](Report& r) { r.signals.push_back({}); }},
      {"end before start", [](Report& r) { r.end.value = 0, r.start.value = 1; }},
      {"next position", [](Report& r) { ++r.next.next.value; }},
      {"next incarnation", [](Report& r) { ++r.next.incarnation; }},
      {"gap without offsets",
       [](Report& r) { r.gaps.push_back({Offset{0}, Offset{1}, GapCause::Retention}); }},
      {"gap outside", [](Report& r) { r.gaps.push_back({Offset{9}, Offset{10}, GapCause::Retention}); }},
      {"dead letter not counted", [](Report& r) { r.dead_letters.emplace_back(); }},
      {"dead letter not kept",
       [](Report& r) {
         ++r.counts.dead_lettered;
         --r.counts.parsed;
       }},
      {"unknown rule", [](Report& r) { r.signals[0].rule.value = "other"; }},
  };
  for (const Case& one : cases) {
    Report report = report_of(0, {{"h1", 1}, {"h2", 2}});
    one.damage(report);
    const auto done = submit(report);
    ASSERT_FALSE(done) << one.name;
    EXPECT_EQ(done.error().kind, ErrorKind::Corrupt) << one.name << ": " << done.error().message;
  }
  EXPECT_FALSE(exists(1));
  must(report_of(0, {{"h1", 1}, {"h2", 2}}));
}

TEST_F(Reports, WhatWasNotAnnouncedIsRefused) {
  Report report = quiet_report(0, 1);
  report.ruleset = sha256("unknown");
  EXPECT_EQ(submit(report).error().kind, ErrorKind::InvalidArgument);
  report = quiet_report(0, 1);
  report.packs = sha256("unknown");
  EXPECT_EQ(submit(report).error().kind, ErrorKind::InvalidArgument);
  report = quiet_report(0, 1, "with\nnewline");
  EXPECT_EQ(submit(report).error().kind, ErrorKind::InvalidArgument);
  RuleSetManifest forged = ruleset(Level::High, "another");
  forged.contents.begin()->second = "not what the hash says";
  EXPECT_EQ(store.run(RulesCommand{forged}).error().kind, ErrorKind::InvalidArgument);
}

TEST_F(Reports, DeadLettersAreKeptInOrderWithTheirBytes) {
  Report report = quiet_report(0, 3);
  report.counts.parsed = report.counts.events = report.counts.unmatched = 2;
  report.counts.dead_lettered = 1;
  DeadLetter letter;
  letter.offset.value = 1;
  letter.reason = "bad_json";
  letter.bytes = "{\"a\":\xFF";
  report.dead_letters.push_back(letter);
  report.counts.events = 3;
  report.counts.undecodable = 1;
  letter.index = 4;
  report.dead_letters.push_back(letter);
  must(report);
  const auto stored = store.db().get(Family::DeadLetters, key::number(2)).value();
  ASSERT_TRUE(stored);
  const StoredDeadLetter back = decode<StoredDeadLetter>(*stored).value();
  EXPECT_EQ(back.letter.bytes, "{\"a\":\xFF");
  EXPECT_EQ(back.letter.index, 4U);
  EXPECT_EQ(back.partition.topic.value, "t");
}

// --- ranges

std::vector<std::string> entries_of(const Direct& store, std::string_view type) {
  std::vector<std::string> out;
  Cursor rows = store.db().cursor(nullptr, Family::Entries, "", "");
  const std::string member = fmt::format(R"("type":"{}")", type);
  for (rows.seek_first(); rows.valid(); rows.next()) {
    if (rows.value().find(member) != std::string_view::npos) out.emplace_back(rows.value());
  }
  return out;
}

TEST_F(Reports, ARangeEndsAfter1024ReportsAMinuteOrANewRuleSet) {
  std::uint64_t offset = 0;
  for (; offset < 1'025; ++offset) must(quiet_report(offset, 1));
  ASSERT_EQ(entries_of(store, "ingest.range").size(), 1U);
  EXPECT_NE(entries_of(store, "ingest.range")[0].find(R"("start":0,"end":1024,)"), std::string::npos);
  store.advance(std::chrono::minutes{1});
  must(quiet_report(offset++, 1));
  EXPECT_EQ(entries_of(store, "ingest.range").size(), 2U);
  ASSERT_TRUE(store.run(RulesCommand{ruleset(Level::Critical)}));
  Report other = quiet_report(offset++, 1);
  other.ruleset = ruleset(Level::Critical).hash;
  must(other);
  EXPECT_EQ(entries_of(store, "ingest.range").size(), 3U);
  Report silent = quiet_report(offset++, 1);
  silent.ruleset = other.ruleset;
  silent.digest.reset();
  must(silent);
  ASSERT_EQ(entries_of(store, "ingest.range").size(), 4U);
  ASSERT_TRUE(store.run(FinishRangeCommand{silent.partition}));
  ASSERT_EQ(entries_of(store, "ingest.range").size(), 5U);
  EXPECT_NE(entries_of(store, "ingest.range")[4].find(R"("digest":null)"), std::string::npos);
}

TEST_F(Reports, ALossIsAnEntryOfItsOwnAndAGapOfItsRange) {
  Report report = quiet_report(0, 4);
  report.end.value = report.next.next.value = 14;
  report.gaps = {{Offset{0}, Offset{7}, GapCause::Retention},
                 {Offset{9}, Offset{12}, GapCause::NotDelivered}};
  must(report);
  ASSERT_TRUE(store.run(FinishRangeCommand{report.partition}));
  const auto losses = entries_of(store, "ingest.loss");
  ASSERT_EQ(losses.size(), 1U);
  EXPECT_NE(losses[0].find(R"("start":0,"end":7,"cause":"retention")"), std::string::npos) << losses[0];
  const auto ranges = entries_of(store, "ingest.range");
  ASSERT_EQ(ranges.size(), 1U);
  EXPECT_NE(ranges[0].find(R"("gaps":{"not_delivered":3,"retention":7})"), std::string::npos) << ranges[0];
}

}  // namespace
}  // namespace countersign::test
