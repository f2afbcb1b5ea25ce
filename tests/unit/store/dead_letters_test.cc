// SPDX-License-Identifier: Apache-2.0
// Dead letters after they were stored: tallies, replays and their reports, and what a restart finds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "direct.h"
#include "store/codec.h"
#include "store/offline.h"

namespace countersign::test {
namespace {

using ::testing::HasSubstr;

DeadLetter letter_at(std::uint64_t offset, const std::string& reason,
                     std::optional<std::uint32_t> index = {}) {
  DeadLetter letter;
  letter.offset.value = offset;
  letter.index = index;
  letter.reason = reason;
  letter.message = "because of " + reason;
  letter.bytes = "message " + std::to_string(offset);
  letter.length = letter.bytes.size();
  letter.hash = sha256(letter.bytes);
  return letter;
}

/// A report of `count` messages from `start` on, of which these are dead.
Report dead_report(std::uint64_t start, std::uint64_t count, std::vector<DeadLetter> letters) {
  Report report = quiet_report(start, count);
  for (const DeadLetter& letter : letters) {
    if (letter.index) {
      ++report.counts.undecodable;
      ++report.counts.events;
    } else {
      ++report.counts.dead_lettered;
      --report.counts.parsed;
      --report.counts.events;
      --report.counts.unmatched;
    }
  }
  report.dead_letters = std::move(letters);
  return report;
}

class DeadLetters : public testing::Test {
 protected:
  DeadLetters() {
    EXPECT_TRUE(store.run(RulesCommand{ruleset()}));
    EXPECT_TRUE(store.run(PacksCommand{packs()}));
    EXPECT_TRUE(run(ReportCommand{dead_report(0, 4,
                                              {letter_at(0, "no_pack"), letter_at(1, "bad_json"),
                                               letter_at(2, "no_pack"), letter_at(3, "no_pack", 5)})}));
  }

  Result<Decided> run(const Command& command) {
    auto done = store.run(command);
    if (done && done->batch)
      entries.insert(entries.end(), done->batch->entries.begin(), done->batch->entries.end());
    return done;
  }

  static ReplayItem item(std::uint64_t number) {
    return {number, SourceName{"src"}, TopicName{"t"}, number == 2 ? "bad_json" : "no_pack", number == 4};
  }

  ReplayReceipt begin(const std::vector<std::uint64_t>& numbers) {
    ReplayCommand command;
    for (const std::uint64_t number : numbers) command.letters.push_back(item(number));
    command.rationale = "the pack is mended";
    command.context = human("p-otto");
    const auto done = run(command);
    EXPECT_TRUE(done) << done.error().message;
    return done ? *done->replay : ReplayReceipt{};
  }

  /// The report of a replay's messages [start, end).
  Report replayed(EntrySeq replay, std::uint64_t start, std::uint64_t end,
                  std::vector<DeadLetter> letters = {}) {
    Report report = dead_report(start, end - start, std::move(letters));
    report.partition = {replay_source(replay), TopicName{"t"}, 0};
    report.next.next.value = end;
    return report;
  }

  std::optional<LetterStatus> status(std::uint64_t number) {
    return store.view().letter_status(number).value();
  }
  LetterTally tally(const std::string& reason) {
    return store.view().letter_tally(SourceName{"src"}, reason).value().value_or(LetterTally{});
  }
  std::uint64_t stored() { return store.view().head()->next_dead_letter - 1; }

  Direct store;
  std::vector<std::string> entries;
};

TEST_F(DeadLetters, AreCountedBySourceAndReason) {
  const LetterTally none = tally("no_pack");
  EXPECT_EQ(none.dead, 3U);
  EXPECT_EQ(none.bytes, 27U);
  EXPECT_EQ(tally("bad_json").dead, 1U);
  EXPECT_FALSE(status(1));
}

TEST_F(DeadLetters, AReplayIsAnEntryOfItsActorAndTakesItsLetters) {
  const ReplayReceipt receipt = begin({1, 2, 4});
  ASSERT_TRUE(receipt.replay);
  EXPECT_EQ(receipt.letters, 3U);
  EXPECT_THAT(entries.back(), HasSubstr(R"("type":"replay.started")"));
  EXPECT_THAT(entries.back(), HasSubstr(R"("id":"p-otto")"));
  EXPECT_THAT(entries.back(), HasSubstr(R"("letters":3,"commit":")"));
  const ReplayRecord replay = store.view().replay(*receipt.replay).value();
  EXPECT_EQ(replay.groups.at(0).letters, (std::vector<std::uint64_t>{1, 2, 4}));
  EXPECT_EQ(status(1)->state, LetterState::Pending);
  EXPECT_EQ(status(4)->element, true);
  EXPECT_FALSE(status(3));
  EXPECT_EQ(tally("no_pack").dead, 1U);
  EXPECT_EQ(tally("no_pack").pending, 2U);
  const ReplayReceipt again = begin({1, 2, 4});
  EXPECT_FALSE(again.replay);
  EXPECT_EQ(again.pending, 3U);
}

TEST_F(DeadLetters, WhatDecodesIsReplayedAndWhatFailsIsTheSameLetter) {
  const EntrySeq id = *begin({1, 2, 4}).replay;
  ASSERT_TRUE(run(ReportCommand{replayed(id, 0, 3, {letter_at(1, "bad_time"), letter_at(2, "no_pack", 0)})}));
  EXPECT_EQ(status(1)->state, LetterState::Replayed);
  EXPECT_EQ(status(1)->actor.id, "p-otto");
  EXPECT_EQ(status(1)->replay, id);
  EXPECT_EQ(status(2)->state, LetterState::Dead);
  EXPECT_EQ(status(2)->reason, "bad_time");
  EXPECT_EQ(status(2)->failures, 1U);
  EXPECT_EQ(status(4)->state, LetterState::Dead) << "an element is an array of one";
  EXPECT_EQ(stored(), 4U) << "no letter is stored twice";
  EXPECT_FALSE(store.view().source_activity({replay_source(id), "", ""}).value()) << "no sign of life";
  EXPECT_EQ(tally("bad_json").dead, 1U);
  EXPECT_EQ(tally("no_pack").replayed, 1U);
  EXPECT_EQ(tally("no_pack").dead, 2U);
  EXPECT_THAT(entries.back(), HasSubstr(R"("type":"replay.finished")"));
  EXPECT_THAT(entries.back(), HasSubstr(R"("decoded":1,"failed":2)"));
  const EntrySeq second = *begin({1, 2, 4}).replay;
  ASSERT_TRUE(
      run(ReportCommand{replayed(second, 0, 2, {letter_at(0, "bad_time"), letter_at(1, "no_pack", 0)})}));
  EXPECT_EQ(status(2)->failures, 2U);
  EXPECT_EQ(stored(), 4U);
}

TEST_F(DeadLetters, ElementsThatAReplayFindsAreLettersOfTheFirstSource) {
  const EntrySeq id = *begin({1}).replay;
  ASSERT_TRUE(run(
      ReportCommand{replayed(id, 0, 1, {letter_at(0, "not_an_event", 2), letter_at(0, "not_an_event", 4)})}));
  EXPECT_EQ(status(1)->state, LetterState::Replayed);
  EXPECT_EQ(stored(), 6U);
  const auto bytes = store.db().get(Family::DeadLetters, key::number(6)).value();
  const StoredDeadLetter found = decode<StoredDeadLetter>(*bytes).value();
  EXPECT_EQ(found.partition.source, replay_source(id));
  EXPECT_EQ(found.origin.value, "src");
  EXPECT_EQ(found.letter.index, 4U);
  EXPECT_EQ(tally("not_an_event").dead, 2U);
}

TEST_F(DeadLetters, AReportThatComesAgainChangesNothing) {
  const EntrySeq id = *begin({1, 2, 3}).replay;
  ASSERT_TRUE(run(ReportCommand{replayed(id, 0, 2, {letter_at(1, "bad_json")})}));
  const std::string before =
      encode(*status(2)) + encode(tally("no_pack")) + encode(store.view().replay(id).value());
  const Report again = replayed(id, 0, 2, {letter_at(1, "bad_json")});
  ASSERT_TRUE(run(ReportCommand{again}));
  EXPECT_EQ(encode(*status(2)) + encode(tally("no_pack")) + encode(store.view().replay(id).value()), before);
  EXPECT_FALSE(store.view().replay(id)->finished);
  ASSERT_TRUE(run(ReportCommand{replayed(id, 2, 3)}));
  EXPECT_TRUE(store.view().replay(id)->finished);
}

TEST_F(DeadLetters, OverlapCountsEachLetterOnce) {
  const EntrySeq id = *begin({1, 2, 3}).replay;
  ASSERT_TRUE(run(ReportCommand{replayed(id, 0, 1, {letter_at(0, "bad_json")})}));
  ASSERT_TRUE(run(ReportCommand{replayed(id, 0, 3, {letter_at(0, "bad_json")})}));
  EXPECT_EQ(status(1)->failures, 1U);
  EXPECT_EQ(store.view().replay(id)->decoded, 2U);
  EXPECT_EQ(store.view().replay(id)->failed, 1U);
}

TEST_F(DeadLetters, ReportsOfNoSuchReplayAreCorrupt) {
  const EntrySeq id = *begin({1}).replay;
  EXPECT_EQ(run(ReportCommand{replayed(EntrySeq{9'999}, 0, 1)}).error().kind, ErrorKind::Corrupt);
  EXPECT_EQ(run(ReportCommand{replayed(id, 0, 2)}).error().kind, ErrorKind::Corrupt) << "more than it has";
  Report other = replayed(id, 0, 1);
  other.partition.partition = 1;
  EXPECT_EQ(run(ReportCommand{other}).error().kind, ErrorKind::Corrupt);
  other.partition = {replay_source(id), TopicName{"another"}, 0};
  EXPECT_EQ(run(ReportCommand{other}).error().kind, ErrorKind::Corrupt);
  EXPECT_EQ(status(1)->state, LetterState::Pending);
}

TEST_F(DeadLetters, LettersThatAreGoneEndTheReplayAllTheSame) {
  const EntrySeq id = *begin({1, 2}).replay;
  Report report = replayed(id, 0, 2);
  report.gaps.push_back({Offset{1}, Offset{2}, GapCause::Retention});
  report.counts.delivered = report.counts.parsed = report.counts.events = report.counts.unmatched = 1;
  ASSERT_TRUE(run(ReportCommand{report}));
  EXPECT_EQ(status(2)->reason, "gone");
  EXPECT_TRUE(store.view().replay(id)->finished);
}

TEST_F(DeadLetters, OnlySomebodyWithASignInReplays) {
  ReplayCommand command;
  command.letters.push_back(item(1));
  command.context = human("p-otto");
  command.context.channel = "nowhere";
  EXPECT_EQ(run(command).error().kind, ErrorKind::InvalidArgument);
}

TEST(LetterCodec, StatusTallyAndReplayComeBack) {
  LetterStatus status;
  status.state = LetterState::Replayed;
  status.replay.value = 17;
  status.changed = at("2026-02-03T04:05:06.789Z");
  status.actor = {ActorKind::Human, "p-1"};
  status.failures = 3;
  status.reason = "bad_time";
  status.message = "\xFF";
  status.element = true;
  status.origin.value = "file:x";
  status.first_reason = "no_pack";
  EXPECT_EQ(encode(decode<LetterStatus>(encode(status)).value()), encode(status));
  EXPECT_EQ(decode<LetterStatus>("").error().kind, ErrorKind::Corrupt) << "no state";
  const LetterTally tally{SourceName{"s"}, "r", 1, 2, 3, 4, status.changed, status.changed};
  EXPECT_EQ(decode<LetterTally>(encode(tally)).value(), tally);
  ReplayRecord replay;
  replay.entry.value = 9;
  replay.actor = status.actor;
  replay.groups.push_back({SourceName{"s"}, TopicName{"t"}, {1, 5, 9}, 2});
  replay.finished = status.changed;
  const ReplayRecord back = decode<ReplayRecord>(encode(replay)).value();
  EXPECT_EQ(encode(back), encode(replay));
  EXPECT_EQ(back.letters(), 3U);
  EXPECT_EQ(back.groups[0].next, 2U);
}

TEST(ReplaySource, NamesAreReadExactly) {
  EXPECT_EQ(replay_of(replay_source(EntrySeq{1'042})), EntrySeq{1'042});
  for (const char* name :
       {"replay:", "replay:x", "replay:1x", "replay", "xreplay:1", "file:replay:1", "replay:-1"}) {
    EXPECT_FALSE(replay_of(SourceName{name})) << name;
  }
}

// --- through the store

class LetterStore : public testing::Test {
 protected:
  LetterStore() { world.open(); }

  void add(std::uint64_t start, const std::string& reason) {
    submit(*world.store, dead_report(start, 1, {letter_at(start, reason)}));
    world.clock.advance(std::chrono::hours{1});
  }
  std::vector<std::uint64_t> numbers(const LetterQuery& query, LetterScan* scan = nullptr) {
    std::vector<std::uint64_t> out;
    const auto done = world.store->scan_letters(query, [&out](const DeadLetterRow& row) {
      out.push_back(row.stored.number);
      return true;
    });
    EXPECT_TRUE(done);
    if (scan != nullptr) *scan = done.value_or(LetterScan{});
    return out;
  }

  World world;
};

TEST_F(LetterStore, LettersAreFoundByReasonTimeAndStateInBothOrders) {
  const Timestamp begin = world.clock.now();
  for (std::uint64_t i = 0; i < 6; ++i) add(i, i % 2 == 0 ? "no_pack" : "bad_json");
  using Numbers = std::vector<std::uint64_t>;
  LetterQuery query;
  EXPECT_EQ(numbers(query), (Numbers{6, 5, 4, 3, 2, 1}));
  query.filter.reason = "no_pack";
  EXPECT_EQ(numbers(query), (Numbers{5, 3, 1}));
  query.filter = {};
  query.filter.since = begin + std::chrono::minutes{90};
  query.filter.until = begin + std::chrono::minutes{210};
  EXPECT_EQ(numbers(query), (Numbers{4, 3}));
  query.newest_first = false;
  LetterScan scan;
  EXPECT_EQ(numbers(query, &scan), (Numbers{3, 4}));
  EXPECT_EQ(scan.looked_at, 2U) << "others are not read";
  query.filter.until = begin - std::chrono::hours{1};
  query.newest_first = true;
  EXPECT_EQ(numbers(query), Numbers{});
  query.filter = {};
  query.looked_at_max = 4;
  EXPECT_EQ(numbers(query, &scan), (Numbers{6, 5, 4, 3}));
  EXPECT_EQ(scan.next, 2U);
  query.from = *scan.next;
  EXPECT_EQ(numbers(query, &scan), (Numbers{2, 1}));
  EXPECT_FALSE(scan.next);
  query = {};
  query.filter.source = "another";
  EXPECT_EQ(numbers(query), Numbers{});
  query.filter = {};
  query.filter.state = LetterState::Replayed;
  EXPECT_EQ(numbers(query), Numbers{});
}

TEST_F(LetterStore, AReplayThatWasBegunIsFoundAfterARestart) {
  add(0, "no_pack");
  add(1, "no_pack");
  ReplayRequest request;
  request.filter.reason = "no_pack";
  request.rationale = "mended";
  request.context = human("p-otto");
  const auto begun = world.store->begin_replay(request);
  ASSERT_TRUE(begun) << begun.error().message;
  EXPECT_EQ(begun->letters, 2U);
  world.close();
  world.open();
  EXPECT_EQ(world.store->open_replays(), std::vector<EntrySeq>{*begun->replay});
  Report report = quiet_report(0, 2);
  report.partition = {replay_source(*begun->replay), TopicName{"t"}, 0};
  submit(*world.store, report);
  EXPECT_TRUE(world.store->open_replays().empty());
  EXPECT_EQ(world.store->dead_letter(1)->state(), LetterState::Replayed);
  EXPECT_EQ(world.store->begin_replay(request)->replay, std::nullopt);
  request.letters = {1, 1, 2};
  EXPECT_EQ(world.store->begin_replay(request)->already_replayed, 2U);
  request.letters = {1, 7};
  EXPECT_EQ(world.store->begin_replay(request).error().kind, ErrorKind::NotFound);
  EXPECT_EQ(world.store->dead_letter(7).error().kind, ErrorKind::NotFound);
  EXPECT_EQ(world.store->replay(EntrySeq{99'999}).error().kind, ErrorKind::NotFound);
}

TEST_F(LetterStore, ThoseOfAnOlderStoreAreCountedAtItsNextStart) {
  add(0, "no_pack");
  add(1, "bad_json");
  add(2, "no_pack");
  const std::vector<LetterTally> before = world.store->letter_tallies().value();
  ASSERT_EQ(before.size(), 2U);
  world.close();
  {
    auto db = Db::open(world.data() / "db", Db::Mode::ReadWrite, merge_counts);
    ASSERT_TRUE(db);
    ASSERT_TRUE((*db)->remove_range(Family::Ledger, "a", "b"));
  }
  world.open();
  EXPECT_EQ(world.store->letter_tallies().value(), before);
}

TEST_F(LetterStore, TheCheckCountsTheLettersAgain) {
  add(0, "no_pack");
  add(1, "bad_json");
  LetterTally tally = world.store->letter_tallies()->at(0);
  world.close();
  EXPECT_EQ(store_check(world.data())->problems, std::vector<std::string>{});
  const auto put = [&](const LetterTally& value) {
    auto db = Db::open(world.data() / "db", Db::Mode::ReadWrite, merge_counts);
    ASSERT_TRUE(db);
    WriteSet changes;
    (*db)->put(changes, Family::Ledger, key::letter_tally(value.source, value.reason), encode(value));
    ASSERT_TRUE((*db)->write(changes, false));
  };
  ++tally.replayed;
  put(tally);
  EXPECT_THAT(store_check(world.data())->problems,
              testing::ElementsAre(HasSubstr("the tally is not their number")));
  --tally.replayed;
  put(tally);
  tally.reason = "another";
  put(tally);
  EXPECT_THAT(store_check(world.data())->problems, testing::ElementsAre(HasSubstr("that are not there")));
}

}  // namespace
}  // namespace countersign::test
