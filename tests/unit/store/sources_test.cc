// SPDX-License-Identifier: Apache-2.0
// Expected sources: when one is silent, never seen, rejecting or skewed, what is written then, and when it
// ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "direct.h"
#include "store/codec.h"
#include "store/offline.h"

namespace countersign::test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ExpectedSource expected(const std::string& name = "firewall", const std::string& source = "s") {
  ExpectedSource out;
  out.name = name;
  out.subject.source.value = source;
  out.owner = "network team";
  out.asset = "CMDB-7";
  out.rhythm = minutes{15};
  return out;
}

ExpectedSource observer(const std::string& value, const std::string& cover = "") {
  ExpectedSource out = expected(value);
  out.subject.field = "observer.name";
  out.subject.value = value;
  out.cover = cover;
  return out;
}

class Sources : public testing::Test {
 protected:
  Sources() {
    EXPECT_TRUE(store.run(RulesCommand{ruleset()}));
    EXPECT_TRUE(store.run(PacksCommand{packs()}));
  }

  /// A report of `count` messages from source `s`.
  Report report(std::uint64_t count) {
    Report out = quiet_report(next, count);
    out.partition.source.value = "s";
    next += count;
    return out;
  }
  void speak(std::uint64_t count = 1) { give(report(count)); }
  void give(Report given) { ASSERT_TRUE(store.run(ReportCommand{std::move(given)})); }
  /// `rejected` of `count` messages cannot be read.
  void give_rejects(std::uint64_t count, std::uint64_t rejected) {
    Report out = report(count);
    out.counts.parsed -= rejected;
    out.counts.dead_lettered = rejected;
    out.counts.events -= rejected;
    out.counts.unmatched -= rejected;
    for (std::uint64_t i = 0; i < rejected; ++i) {
      DeadLetter& letter = out.dead_letters.emplace_back();
      letter.offset.value = out.start.value + i;
      letter.reason = "bad_json";
      letter.message = "no JSON";
      letter.bytes = "x";
      letter.length = 1;
      letter.hash = sha256(letter.bytes);
    }
    give(std::move(out));
  }

  /// The entries that a look wrote.
  std::vector<std::string> look() {
    auto done = store.run(SourcesCommand{watched, listening_from});
    EXPECT_TRUE(done) << done.error().message;
    return done && done->batch ? done->batch->entries : std::vector<std::string>{};
  }
  std::vector<std::string> look_after(std::chrono::nanoseconds span) {
    store.advance(span);
    return look();
  }
  SourceHealth health(const std::string& name = "firewall") {
    return store.view().source_health(name).value().value_or(SourceHealth{});
  }
  SourceState state(const std::string& name = "firewall") {
    const auto activity = store.view().source_activity({SourceName{"s"}, "", ""}).value();
    return state_of(health(name), activity);
  }
  static AlertId alert(std::uint64_t counter) { return {1, 0, counter}; }
  bool exists(std::uint64_t counter) { return store.view().alert(alert(counter)).has_value(); }

  Direct store;
  std::vector<ExpectedSource> watched{expected()};
  Timestamp listening_from{};
  std::uint64_t next = 0;
};

TEST_F(Sources, OneThatFallsSilentIsAnEntryAndAnAlertAboutItself) {
  speak();
  look();
  EXPECT_THAT(look_after(minutes{14}), IsEmpty());
  const std::vector<std::string> entries = look_after(minutes{2});
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_THAT(entries[0], HasSubstr(R"("kind":"self","cause":{"kind":"self"},"rule_id":null)"));
  EXPECT_THAT(entries[1], HasSubstr(R"("type":"source.silent")"));
  EXPECT_THAT(entries[1],
              HasSubstr(R"("source":"s","expected":"firewall","last_record":"2026-03-01T08:00:00.)"));
  EXPECT_THAT(entries[1], HasSubstr(R"("rhythm_seconds":900,"alert":"1-000-000001")"));
  const AlertRecord record = store.record(alert(1));
  EXPECT_EQ(record.facts.kind, AlertKind::Self);
  EXPECT_EQ(record.facts.title, "Source silent: firewall");
  EXPECT_EQ(record.facts.severity, Level::High);
  EXPECT_THAT(record.facts.description, HasSubstr("expected to send at least every 15 min"));
  EXPECT_THAT(record.facts.description, HasSubstr("Owner: network team. Asset: CMDB-7."));
  EXPECT_EQ(state(), SourceState::Silent);
  EXPECT_THAT(look_after(minutes{60}), IsEmpty());
}

TEST_F(Sources, OneThatNeverSpokeIsNeverSeenAfterItsRhythm) {
  look();
  EXPECT_EQ(state(), SourceState::Waiting);
  EXPECT_THAT(look_after(minutes{14}), IsEmpty());
  const std::vector<std::string> entries = look_after(minutes{2});
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_THAT(entries[1], HasSubstr(R"("last_record":null)"));
  EXPECT_EQ(state(), SourceState::NeverSeen);
  EXPECT_THAT(store.record(alert(1)).facts.description, HasSubstr("Nothing was ever received"));
}

TEST_F(Sources, SilenceCountsFromTheStartOfTheServerAtTheEarliest) {
  speak();
  look();
  store.advance(minutes{60 * 24});
  listening_from = store.now();
  EXPECT_THAT(look_after(minutes{14}), IsEmpty());
  EXPECT_EQ(look_after(minutes{2}).size(), 2U);
}

TEST_F(Sources, OneThatWasSilentIsOkOnlyOnceItHasKeptItsRhythm) {
  speak();
  look();
  look_after(minutes{16});
  ASSERT_EQ(state(), SourceState::Silent);
  store.advance(minutes{1});
  speak();
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_EQ(state(), SourceState::Silent);
  // One record every 16 minutes stays one silence.
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(look_after(minutes{16}), IsEmpty());
    speak();
    EXPECT_THAT(look(), IsEmpty());
  }
  EXPECT_EQ(store.counts(alert(1)).count, 1U);
  store.advance(minutes{4});
  speak();
  EXPECT_THAT(look(), IsEmpty());
  store.advance(minutes{1});
  speak();
  const std::vector<std::string> entries = look();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_THAT(entries[0], HasSubstr(R"("type":"source.resumed")"));
  EXPECT_THAT(entries[0], HasSubstr(R"("alert":"1-000-000001")"));
  EXPECT_EQ(state(), SourceState::Ok);
}

TEST_F(Sources, TheAlertOutlivesTheSilenceAndCountsTheNext) {
  speak();
  look();
  look_after(minutes{16});
  const auto resume = [this] {
    for (int i = 0; i < 3; ++i) {
      store.advance(minutes{4});
      speak();
      look();
    }
  };
  resume();
  ASSERT_EQ(state(), SourceState::Ok);
  EXPECT_EQ(store.record(alert(1)).review.status, Status::New);
  look_after(minutes{16});
  ASSERT_EQ(state(), SourceState::Silent);
  EXPECT_EQ(store.counts(alert(1)).count, 2U);
  EXPECT_FALSE(exists(2));
  store.must(ActionKind::Close, alert(1), "p-anna");
  resume();
  look_after(minutes{16});
  ASSERT_TRUE(exists(2));
  EXPECT_EQ(store.record(alert(2)).facts.generation, 2U);
  EXPECT_EQ(health().silent->alert, alert(2));
}

TEST_F(Sources, EachEntryHasAnAlertOfItsOwn) {
  watched = {expected("one", "s"), expected("two", "t")};
  look();
  look_after(minutes{16});
  ASSERT_TRUE(exists(2));
  EXPECT_EQ(store.record(alert(1)).facts.title, "Source silent: one");
  EXPECT_EQ(store.record(alert(2)).facts.title, "Source silent: two");
}

TEST_F(Sources, TooManyDeadLettersAreAnAlertUntilTheShareIsClearlyLower) {
  watched[0].rejects_max_permille = 50;
  give_rejects(19, 19);
  EXPECT_THAT(look(), IsEmpty()) << "too few to judge";
  give_rejects(1, 0);
  const std::vector<std::string> entries = look();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_THAT(entries[0], HasSubstr(R"("type":"alert.opened")"));
  EXPECT_EQ(state(), SourceState::Rejecting);
  EXPECT_THAT(store.record(alert(1)).facts.description, HasSubstr("19 of 20 messages of the last hour"));
  give_rejects(380, 0);  // 19 of 400: below the limit, not clearly
  look();
  EXPECT_EQ(state(), SourceState::Rejecting);
  give_rejects(100, 0);  // 19 of 500
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_EQ(state(), SourceState::Ok);
}

TEST_F(Sources, OldDeadLettersAreForgotten) {
  watched[0].rejects_max_permille = 50;
  give_rejects(100, 100);
  look();
  ASSERT_EQ(state(), SourceState::Rejecting);
  store.advance(minutes{61});
  speak(100);
  look();
  EXPECT_EQ(state(), SourceState::Ok);
}

TEST_F(Sources, AClockThatIsWrongIsAnAlert) {
  watched[0].skew_max = minutes{10};
  Report late = report(5);
  late.clock = {5, 0, -minutes{9}};
  give(late);
  look();
  EXPECT_EQ(state(), SourceState::Ok);
  store.advance(minutes{20});
  late = report(5);
  late.clock = {5, 0, -minutes{11}};
  give(late);
  look();
  EXPECT_EQ(state(), SourceState::Skewed);
  EXPECT_THAT(store.record(alert(1)).facts.description, HasSubstr("have times 11 min behind those"));
  store.advance(minutes{20});
  Report ahead = report(5);
  ahead.clock = {5, 2, {}};
  give(ahead);
  look();
  EXPECT_EQ(state(), SourceState::Skewed);
  store.advance(minutes{20});
  Report right = report(5);
  right.clock = {5, 0, seconds{-1}};
  give(right);
  look();
  EXPECT_EQ(state(), SourceState::Ok);
  EXPECT_EQ(store.record(alert(1)).review.status, Status::New);
}

TEST_F(Sources, AnObserverIsJudgedByItsOwnEvents) {
  watched = {observer("fw-1"), observer("fw-2")};
  const auto both = [&](bool second) {
    Report out = report(2);
    out.observers.push_back({"observer.name", "fw-1", 1, store.now()});
    if (second) out.observers.push_back({"observer.name", "fw-2", 1, store.now()});
    give(std::move(out));
  };
  both(true);
  look();
  store.advance(minutes{10});
  both(false);
  look_after(minutes{6});
  EXPECT_FALSE(health("fw-1").silent);
  ASSERT_TRUE(health("fw-2").silent);
  const std::vector<Entity> entities = store.record(alert(1)).facts.entities;
  EXPECT_EQ(entities.back(), (Entity{"observer.name", "fw-2"}));
}

TEST_F(Sources, WhileTheSourceAsAWholeIsSilentItsObserversAreNotJudged) {
  watched = {observer("fw-1", "firewall"), observer("fw-2", "firewall"), expected()};
  look();
  EXPECT_EQ(look_after(minutes{16}).size(), 2U);
  EXPECT_TRUE(health().silent);
  EXPECT_FALSE(health("fw-1").silent);
  for (int i = 0; i < 3; ++i) {
    store.advance(minutes{4});
    speak();
    look();
  }
  ASSERT_FALSE(health().silent);
  store.advance(minutes{14});
  speak();
  EXPECT_THAT(look(), IsEmpty()) << "they get a rhythm of their own first";
  store.advance(minutes{2});
  speak();
  EXPECT_EQ(look().size(), 4U);
  EXPECT_TRUE(health("fw-1").never_seen);
}

TEST(SourceSlices, AreForgottenAfterAnHour) {
  std::vector<ActivitySlice> slices;
  for (std::int64_t number = 100; number < 130; ++number) {
    add_to_slices(slices, {number, 2, 1, {1, 0, seconds{number}}});
    add_to_slices(slices, {number, 2, 1, {1, 1, seconds{9'999}}});
  }
  ASSERT_EQ(slices.size(), static_cast<std::size_t>(kActivitySlices));
  EXPECT_EQ(slices.front().number, 118);
  EXPECT_EQ(slices.back(), (ActivitySlice{129, 4, 2, {2, 1, seconds{129}}}));
}

TEST(SourceCodec, KeepsEveryField) {
  SourceActivity activity;
  activity.subject = {SourceName{"s"}, "observer.name", "fw-1"};
  activity.first_record = at("2026-01-01T00:00:00Z");
  activity.last_record = at("2026-01-02T00:00:00Z");
  activity.last_event = at("2026-01-02T00:00:01Z");
  activity.records = 1;
  activity.events = 2;
  activity.rejected = 3;
  activity.truncated = 4;
  activity.slices = {{-5, 6, 7, {8, 9, seconds{-10}}}};
  const auto again = decode<SourceActivity>(encode(activity));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->subject, activity.subject);
  EXPECT_EQ(again->slices, activity.slices);
  EXPECT_EQ(encode(*again), encode(activity));
  SourceHealth health{"n",
                      activity.first_record,
                      activity.last_record,
                      SourceTrouble{at("2026-01-03T00:00:00Z"), {1, 0, 1}},
                      SourceTrouble{at("2026-01-04T00:00:00Z"), {1, 0, 2}},
                      SourceTrouble{at("2026-01-05T00:00:00Z"), {1, 0, 3}},
                      true,
                      activity.last_event};
  const auto back = decode<SourceHealth>(encode(health));
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, health);
}

// --- over a real store

std::vector<std::pair<std::string, std::string>> rows_of(const std::filesystem::path& database) {
  auto db = Db::open(database, Db::Mode::ReadOnly, merge_counts);
  EXPECT_TRUE(db) << db.error().message;
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [from, to] : {std::pair("h", "i"), std::pair("v", "w")}) {
    Cursor rows = (*db)->cursor(nullptr, Family::Ledger, from, to);
    for (rows.seek_first(); rows.valid(); rows.next()) out.emplace_back(rows.key(), rows.value());
  }
  return out;
}

TEST(StoreSources, SilenceSurvivesARestartAndAReplayOfTheJournal) {
  World world;
  world.open();
  const std::vector<ExpectedSource> watched{expected("firewall", "s")};
  Report first = quiet_report(0, 1);
  first.partition.source.value = "s";
  submit(*world.store, first);
  const Timestamp started = world.clock.now();
  ASSERT_TRUE(world.store->check_sources(watched, started));
  world.clock.advance(minutes{20});
  ASSERT_TRUE(world.store->check_sources(watched, started));
  const std::uint64_t entries = world.store->health().entries;
  ASSERT_TRUE(world.store->check_sources(watched, started));
  EXPECT_EQ(world.store->health().entries, entries) << "nothing changed, nothing is written";
  world.close();
  world.open();
  ASSERT_TRUE(world.store->check_sources(watched, world.clock.now()));
  const auto rows = world.store->source_statuses(watched, {SourceName{"s"}, SourceName{"other"}});
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ(rows->at(0).state, SourceState::Silent);
  EXPECT_EQ(rows->at(0).open_alerts, std::vector<AlertId>{only_alert(*world.store).id});
  EXPECT_EQ(rows->at(0).activity->records, 1U);
  EXPECT_EQ(rows->at(1).state, SourceState::Unwatched);
  EXPECT_EQ(rows->at(1).expected.name, "other");
  world.close();
  const auto replayed = replay_journal(world.data(), world.folder.path() / "again");
  ASSERT_TRUE(replayed) << replayed.error().message;
  const auto head = log_head(world.data());
  ASSERT_TRUE(head);
  EXPECT_EQ(replayed->head.root, head->root);
  EXPECT_EQ(replayed->digest, store_digest(world.data()).value());
  EXPECT_EQ(rows_of(world.folder.path() / "again" / "db"), rows_of(world.data() / "db"));
}

}  // namespace
}  // namespace countersign::test
