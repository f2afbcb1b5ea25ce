// SPDX-License-Identifier: Apache-2.0
#include "ingest/detector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "core/limits.h"
#include "tests/unit/ingest/decoding.h"
#include "tests/unit/ingest/detection.h"
#include "tests/unit/ingest/messages.h"

namespace countersign {
namespace {

using testing::rule_id;
using testing::rules_of;
using testing::simple_rule;

std::string sysmon(const std::string& host, const std::string& image, int second) {
  return fmt::format(R"({{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"Hostname":"{}",)"
                     R"("UtcTime":"2024-01-02 03:04:{:02}.000","Image":"C:\\{}"}})",
                     host, second, image);
}

std::uint64_t sum_of_signals(const Report& report) {
  std::uint64_t sum = 0;
  for (const Signal& signal : report.signals) sum += signal.count;
  return sum;
}

/// The equations of semantics.md §6, as far as detection fills them.
void expect_balanced(const Report& report) {
  const LedgerCounts& counts = report.counts;
  std::uint64_t gaps = 0;
  for (const Gap& gap : report.gaps) gaps += gap.end.value - gap.start.value;
  EXPECT_EQ(report.end.value - report.start.value, counts.delivered + gaps);
  EXPECT_EQ(counts.delivered, counts.parsed + counts.dead_lettered);
  EXPECT_EQ(counts.events, counts.undecodable + counts.duplicate + counts.unmatched + counts.matched);
  EXPECT_EQ(counts.matches, counts.over_limit + counts.suppressed + counts.correlated + counts.uncorrelated +
                                sum_of_signals(report));
  EXPECT_EQ(counts.attached, 0U);
  EXPECT_EQ(counts.opened, 0U);
  EXPECT_EQ(report.dead_letters.size(), counts.dead_lettered + counts.undecodable);
  EXPECT_EQ(report.next.next, report.end);
}

class DetectorTest : public ::testing::Test {
 protected:
  Report run(const MessageBatch& batch, const SourcePosition& previous = {}, DetectorOptions options = {}) {
    Detector detector({testing::plan_of(rules_), testing::shipped_packs(), nullptr}, options, clock_,
                      &metrics_);
    Report report = detector.run(batch, previous);
    expect_balanced(report);
    return report;
  }

  ManualClock clock_{testing::kNow};
  IngestMetrics metrics_;
  std::shared_ptr<const RuleSet> rules_ = rules_of(
      simple_rule(1, "windows", "Image|endswith: '\\whoami.exe'") +
      simple_rule(2, "windows", "Image|startswith: 'C:\\'", "countersign: {group_by: [host.name]}\n"));
};

TEST_F(DetectorTest, AReportBalancesAndNamesItsInputs) {
  MessageBatch batch = testing::batch_of({
      sysmon("ws-1", "whoami.exe", 5),
      sysmon("WS-1", "whoami.exe", 1),
      sysmon("ws-2", "other.exe", 9),
      "not a message",
      R"([{"a":1},2,{"Channel":"Security","EventID":1}])",
      "[]",
  });
  batch.gaps.push_back({batch.end, Offset{batch.end.value + 3}, GapCause::NotDelivered});
  batch.end.value += 3;
  batch.cursor = "cursor";
  const Report report = run(batch);
  LedgerCounts expected;
  expected.delivered = 6;
  expected.parsed = 5;
  expected.dead_lettered = 1;
  expected.events = 6;
  expected.undecodable = 1;
  expected.unmatched = 2;
  expected.matched = 3;
  expected.matches = 5;
  EXPECT_EQ(report.counts, expected);
  EXPECT_EQ(report.partition, batch.partition);
  EXPECT_EQ(report.incarnation, 1U);
  EXPECT_EQ(report.gaps.size(), 1U);
  EXPECT_EQ(report.ruleset, rules_->hash());
  EXPECT_EQ(report.packs, testing::shipped_packs()->hash());
  EXPECT_EQ(report.next.cursor, "cursor");
  EXPECT_EQ(report.next.incarnation, 1U);

  ASSERT_EQ(report.signals.size(), 3U);
  const Signal& whoami = report.signals[0];
  EXPECT_EQ(whoami.rule.value, rule_id(1));
  EXPECT_EQ(whoami.count, 2U);
  EXPECT_EQ(format_rfc3339_millis(whoami.first), "2024-01-02T03:04:01.000Z");
  EXPECT_EQ(format_rfc3339_millis(whoami.last), "2024-01-02T03:04:05.000Z");
  EXPECT_EQ(whoami.first_offset, Offset{0});
  ASSERT_EQ(whoami.group_key.size(), 3U);
  EXPECT_EQ(whoami.group_key[0], (GroupKeyPart{"host.name", true, "ws-1", "ws-1"}));
  EXPECT_EQ(whoami.group_key[1], (GroupKeyPart{"user.name", false, "", ""}));
  EXPECT_EQ(whoami.smallest.at(0).bytes, sysmon("WS-1", "whoami.exe", 1));
  const Signal& any = report.signals[1];
  EXPECT_EQ(any.rule.value, rule_id(2));
  EXPECT_EQ(any.count, 2U);
  EXPECT_EQ(any.group_key.size(), 1U);
  EXPECT_EQ(report.signals[2].group_key[0].shown, "ws-2");
}

TEST_F(DetectorTest, CountsTheRegisteredObserversWhateverTheirCase) {
  auto observed = std::make_shared<ObservedValues>();
  observed->add("host.name", "WS-1");
  observed->add("host.name", "ws-9");
  observed->add("EventID", "1");
  Detector detector({testing::plan_of(rules_), testing::shipped_packs(), nullptr, observed}, {}, clock_);
  const MessageBatch batch = testing::batch_of(
      {sysmon("ws-1", "a.exe", 5), sysmon("Ws-1", "b.exe", 1), sysmon("ws-2", "c.exe", 3), "no event"});
  const Report report = detector.run(batch, {});
  const auto time = [](int second) { return *parse_rfc3339(fmt::format("2024-01-02T03:04:{:02}Z", second)); };
  const std::vector<ObserverCount> expected = {{"host.name", "WS-1", 2, time(5)},
                                               {"EventID", "1", 3, time(5)}};
  EXPECT_EQ(report.observers, expected);
  EXPECT_TRUE(detector.run(testing::batch_of({sysmon("ws-2", "c.exe", 3)}), {}).observers.size() == 1)
      << "the next batch counts anew";
}

TEST_F(DetectorTest, ComparesTheClocksOfEventsAndRecords) {
  MessageBatch batch = testing::batch_of(
      {sysmon("ws-1", "a.exe", 5), sysmon("ws-1", "a.exe", 1), R"({"Channel":"x","UtcTime":"never"})"});
  for (Message& message : batch.messages) message.append_time = *parse_rfc3339("2024-01-02T03:05:05Z");
  EXPECT_EQ(run(batch).clock, (EventClock{2, 0, -std::chrono::seconds{60}}));
  testing::add_message(batch, R"({"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,)"
                              R"("UtcTime":"2199-01-02 03:04:05.000","Image":"a"})");
  const EventClock clock = run(batch).clock;
  EXPECT_EQ(clock, (EventClock{3, 1, -std::chrono::seconds{60}})) << "what is ahead does not count as newest";
}

TEST_F(DetectorTest, EntitiesHaveTheirNamesOfEcs) {
  const Report report = run(testing::batch_of({sysmon("ws-1", "whoami.exe", 5)}));
  const std::vector<Entity> expected = {{"host.name", "ws-1"}, {"process.executable", R"(C:\whoami.exe)"}};
  EXPECT_EQ(report.signals.at(0).entities, expected);
}

TEST_F(DetectorTest, ASignalSaysWhyItsFirstEventMatched) {
  const Report report =
      run(testing::batch_of({sysmon("ws-1", "sub\\\\WHOAMI.exe", 5), sysmon("ws-1", "whoami.exe", 1)}));
  const std::string& why = report.signals.at(0).explanation;
  EXPECT_LE(why.size(), kExplanationBytesMax);
  EXPECT_THAT(why, ::testing::StartsWith(R"({"matches":true,)"));
  EXPECT_THAT(why, ::testing::HasSubstr(R"("field":"Image","modifiers":["endswith"])"));
  EXPECT_THAT(
      why, ::testing::HasSubstr(
               R"({"pattern":"\\whoami.exe","holds":true,"reason":"holds",)"
               R"("found":{"field":"Image","type":"string","value":"C:\\sub\\WHOAMI.exe"},"span":[6,17]})"));
}

TEST_F(DetectorTest, AnExplanationDoesNotDependOnTheOtherRules) {
  const std::string rule =
      simple_rule(1, "windows", "process.executable|endswith: 'whoami.exe'\n    host.name: ws-1");
  const MessageBatch batch = testing::batch_of({sysmon("ws-1", "whoami.exe", 5)});
  rules_ = rules_of(rule);
  const std::string alone = run(batch).signals.at(0).explanation;
  rules_ = rules_of(simple_rule(2, "windows", "user.name|re: '.'\n    Image|contains: z") + rule +
                    simple_rule(3, "windows", "EventID: 1\n    Image|contains: who"));
  const Report report = run(batch);
  for (const Signal& signal : report.signals)
    EXPECT_EQ(signal.explanation == alone, signal.rule.value == rule_id(1)) << signal.explanation;
  EXPECT_EQ(report.signals.size(), 2U);
}

TEST_F(DetectorTest, MatchesBeyondTheLimitOfAnEventAreCountedNotForwarded) {
  std::string documents;
  for (int i = 1; i <= 70; ++i) documents += simple_rule(i, "windows", "EventID: 1");
  rules_ = rules_of(documents);
  const Report report = run(testing::batch_of({sysmon("ws-1", "a.exe", 1)}));
  EXPECT_EQ(report.counts.matches, 70U);
  EXPECT_EQ(report.counts.over_limit, 6U);
  ASSERT_EQ(report.signals.size(), 64U);
  EXPECT_EQ(report.signals.front().rule.value, rule_id(1));
  EXPECT_EQ(report.signals.back().rule.value, rule_id(64));
  EXPECT_EQ(metrics_.over_limit.load(), 6U);
}

class CountingVisitor final : public EventVisitor {
 public:
  void event(const EventMatches& matches) override {
    seen.push_back(fmt::format("{}:{}:{}:{}", matches.message.offset.value, matches.message.line,
                               matches.index, matches.rules.size()));
    EXPECT_TRUE(std::is_sorted(matches.rules.begin(), matches.rules.end()));
  }
  void dead_letter(const Message& message, const DeadLetter& dead_letter) override {
    seen.push_back(fmt::format("{}:{}:{}", message.offset.value, dead_letter.index ? "element" : "message",
                               dead_letter.reason));
  }
  std::vector<std::string> seen;
};

TEST_F(DetectorTest, EachEventGoesInInputOrderWithoutTheLimitOfMatches) {
  std::string documents;
  for (int i = 1; i <= 70; ++i) documents += simple_rule(i, "windows", "EventID: 1");
  rules_ = rules_of(documents);
  Detector detector({testing::plan_of(rules_), testing::shipped_packs(), nullptr}, {}, clock_);
  CountingVisitor visitor;
  detector.each_event(testing::batch_of({sysmon("ws-1", "a.exe", 1), "nothing", R"([{"a":1},2,{"b":1}])"}),
                      visitor);
  EXPECT_EQ(visitor.seen, (std::vector<std::string>{"0:1:0:70", "1:message:no_pack", "2:3:0:0",
                                                    "2:element:not_an_event", "2:3:2:0"}));
}

TEST_F(DetectorTest, OtherRulesThanThoseThatASourceNamesDoNotMatch) {
  const MessageBatch batch = testing::batch_of({sysmon("a", "whoami.exe", 1), sysmon("a", "other.exe", 2)});
  DetectorOptions options;
  options.backfill = "again";
  options.only = {RuleId{rule_id(1)}};
  const Report report = run(batch, {}, options);
  ASSERT_EQ(report.signals.size(), 1U);
  EXPECT_EQ(report.signals[0].rule, RuleId{rule_id(1)});
  EXPECT_EQ(report.signals[0].group_key.back().shown, "again");
  EXPECT_EQ(report.counts.unmatched, 1U);
  EXPECT_EQ(report.counts.matches, 1U);
}

TEST_F(DetectorTest, TheLargestEventTimeTravelsWithThePosition) {
  SourcePosition previous;
  previous.event_time_max = Timestamp{std::chrono::seconds{1'704'164'670}};  // 2024-01-02T03:04:30Z
  const Report lower = run(testing::batch_of({sysmon("a", "x", 5), sysmon("a", "x", 7)}), previous);
  EXPECT_EQ(lower.next.event_time_max, previous.event_time_max);
  const Report higher = run(testing::batch_of({sysmon("a", "x", 50), sysmon("a", "x", 40)}), previous);
  EXPECT_EQ(format_rfc3339_millis(higher.next.event_time_max), "2024-01-02T03:04:50.000Z");
}

TEST_F(DetectorTest, TheDigestIsThatOfTheContract) {
  MessageBatch batch = testing::batch_of({"{\"a\":1}", ""});
  Message null;
  null.null = true;
  null.offset = Offset{7};
  batch.messages.push_back(null);
  batch.end = Offset{8};
  batch.gaps.push_back({Offset{2}, Offset{7}, GapCause::NotDelivered});
  std::string bytes;
  const auto append_u64 = [&](std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(value >> shift & 0xFFU));
  };
  append_u64(0);
  append_u64(7);
  bytes += "{\"a\":1}";
  append_u64(1);
  append_u64(0);
  append_u64(7);
  append_u64(0xFFFF'FFFF'FFFF'FFFFULL);
  EXPECT_EQ(run(batch).digest, sha256(bytes));
  DetectorOptions without;
  without.digest = false;
  EXPECT_EQ(run(batch, {}, without).digest, std::nullopt);
}

TEST_F(DetectorTest, MetricsCountWhatHappened) {
  (void)run(
      testing::batch_of({sysmon("a", "whoami.exe", 1), "{", R"({"@timestamp":"2030-01-01T00:00:00Z"})"}));
  EXPECT_EQ(metrics_.records.load(), 3U);
  EXPECT_EQ(metrics_.bytes.load(), sysmon("a", "whoami.exe", 1).size() + 1 + 37);
  EXPECT_EQ(metrics_.events.load(), 2U);
  EXPECT_EQ(metrics_.matches.load(), 2U);
  EXPECT_EQ(metrics_.skewed.load(), 1U);
  const auto truncated = std::find(kDeadLetterReasons.begin(), kDeadLetterReasons.end(), "truncated");
  ASSERT_NE(truncated, kDeadLetterReasons.end());
  EXPECT_EQ(metrics_.rejected[static_cast<std::size_t>(truncated - kDeadLetterReasons.begin())].load(), 1U);
}

TEST_F(DetectorTest, EachBatchTellsHowLongItWasDecodedAndDetected) {
  (void)run(testing::batch_of({sysmon("a", "whoami.exe", 1), "{"}));
  (void)run(testing::batch_of({"[]"}));
  const BatchTimes::Values times = metrics_.times.read();
  EXPECT_EQ(times.decode.count(), 2U);
  EXPECT_EQ(times.detect.count(), 2U);
  EXPECT_GT(times.decode.sum_seconds(), 0.0);
  EXPECT_GT(times.detect.sum_seconds(), 0.0);
}

/// What must be equal however the input is cut (semantics.md §1): per key the count, the times, the sample
/// and the explanation of the first signal.
struct Folded {
  std::uint64_t count = 0;
  Timestamp first = Timestamp::max();
  Timestamp last = Timestamp::min();
  std::vector<std::pair<Timestamp, Hash256>> samples;
  std::string explanation;
};

void fold(const Report& report, std::map<std::string, Folded>& out, LedgerCounts& counts) {
  for (const Signal& signal : report.signals) {
    std::string key = signal.rule.value;
    for (const GroupKeyPart& part : signal.group_key) key += "|" + part.folded;
    Folded& folded = out[key];
    if (folded.count == 0) folded.explanation = signal.explanation;
    EXPECT_FALSE(signal.explanation.empty());
    folded.count += signal.count;
    folded.first = std::min(folded.first, signal.first);
    folded.last = std::max(folded.last, signal.last);
    for (const SampleEvent& sample : signal.smallest) folded.samples.emplace_back(sample.time, sample.hash);
    std::sort(folded.samples.begin(), folded.samples.end());
    if (folded.samples.size() > kSampleEnds) folded.samples.resize(kSampleEnds);
  }
  counts.delivered += report.counts.delivered;
  counts.events += report.counts.events;
  counts.matched += report.counts.matched;
  counts.matches += report.counts.matches;
  counts.dead_lettered += report.counts.dead_lettered;
}

TEST_F(DetectorTest, BatchBoundariesDoNotChangeTheResult) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::vector<std::string> texts;
  for (int i = 0; i < 300; ++i) {
    const std::string host = "ws-" + std::to_string(random() % 3);
    const std::string image = random() % 2 == 0 ? "whoami.exe" : "other.exe";
    texts.push_back(random() % 20 == 0 ? "broken {" : sysmon(host, image, static_cast<int>(random() % 60)));
  }
  std::map<std::string, Folded> whole;
  LedgerCounts whole_counts;
  fold(run(testing::batch_of(texts)), whole, whole_counts);
  std::map<std::string, Folded> cut;
  LedgerCounts cut_counts;
  for (std::size_t at = 0; at < texts.size();) {
    const std::size_t size = std::min<std::size_t>(1 + random() % 50, texts.size() - at);
    const auto begin = texts.begin() + static_cast<std::ptrdiff_t>(at);
    fold(run(testing::batch_of({begin, begin + static_cast<std::ptrdiff_t>(size)})), cut, cut_counts);
    at += size;
  }
  EXPECT_EQ(whole_counts, cut_counts);
  ASSERT_EQ(whole.size(), cut.size());
  EXPECT_GE(whole.size(), 6U);
  for (const auto& [key, folded] : whole) {
    EXPECT_EQ(cut[key].count, folded.count) << key;
    EXPECT_EQ(cut[key].first, folded.first) << key;
    EXPECT_EQ(cut[key].last, folded.last) << key;
    EXPECT_EQ(cut[key].samples, folded.samples) << key;
    EXPECT_EQ(cut[key].explanation, folded.explanation) << key;
  }
}

}  // namespace
}  // namespace countersign
