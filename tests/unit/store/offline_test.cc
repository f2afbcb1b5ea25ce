// SPDX-License-Identifier: Apache-2.0
#include "store/offline.h"

#include <functional>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "store/codec.h"
#include "store/db.h"
#include "store/evidence/verify.h"
#include "world.h"

namespace countersign::test {
namespace {

std::string digest(const World& world) {
  const auto out = store_digest(world.data());
  EXPECT_TRUE(out) << out.error().message;
  return out.value_or("");
}

void expect_sound(const World& world) {
  const auto check = store_check(world.data());
  ASSERT_TRUE(check) << check.error().message;
  for (const std::string& problem : check->problems) ADD_FAILURE() << problem;
}

std::vector<Match> many(int from, int to) {
  std::vector<Match> out;
  for (int i = from; i < to; ++i) out.push_back({fmt::format("h{}", i % 7), (i * 37) % 500});
  return out;
}

TEST(StoreOffline, DigestDoesNotDependOnHowEventsAreCutIntoReports) {
  World whole;
  whole.open();
  submit(*whole.store, report_of(0, many(0, 60)));
  World cut;
  cut.open();
  for (int i = 0; i < 60; i += 5)
    submit(*cut.store, report_of(static_cast<std::uint64_t>(i), many(i, i + 5)));
  EXPECT_EQ(digest(whole), digest(cut));
  submit(*cut.store, report_of(60, many(60, 61)));
  EXPECT_NE(digest(whole), digest(cut));
  whole.close();
  cut.close();
  expect_sound(whole);
  expect_sound(cut);
}

TEST(StoreOffline, ReplayingTheJournalGivesTheSameDigestAndRoot) {
  World world;
  world.open();
  submit(*world.store, report_of(0, many(0, 30)));
  const Alert alert = all_alerts(*world.store).front();
  ASSERT_TRUE(world.store->act(closing(alert, "p-anna")));
  world.close();
  world.open();
  submit(*world.store, report_of(30, many(30, 60)));
  world.close();
  const auto replayed = replay_journal(world.data(), world.folder.path() / "again");
  ASSERT_TRUE(replayed) << replayed.error().message;
  EXPECT_EQ(replayed->digest, digest(world));
  const auto head = log_head(world.data());
  ASSERT_TRUE(head);
  EXPECT_EQ(replayed->head.size, head->size);
  EXPECT_EQ(replayed->head.root, head->root);
  expect_sound(world);
}

TEST(StoreOffline, EverythingCanBeReadBesideARunningServer) {
  World world;
  world.open();
  for (int i = 0; i < 40; ++i) {
    submit(*world.store, report_of(static_cast<std::uint64_t>(i) * 10, many(i * 10, i * 10 + 10)));
    if (i % 10 == 0) expect_sound(world);
  }
  const std::string beside = digest(world);
  const std::uint64_t size = world.store->health().entries;
  ASSERT_TRUE(world.store->wait_for_proof(EntrySeq{size - 1}, std::chrono::seconds{20}));
  const auto exported = export_evidence(world.data(), world.folder.path() / "export", true);
  ASSERT_TRUE(exported) << exported.error().message;
  EXPECT_EQ(exported->head.size, size);
  const auto report =
      verify_export(world.folder.path() / "export", {world.folder.path() / "export" / "vkeys", {}});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->verdict, VerifyVerdict::Verified) << report->problem;
  world.close();
  EXPECT_EQ(digest(world), beside);
}

TEST(StoreOffline, AFolderWithoutDataIsNotFound) {
  const Folder folder;
  EXPECT_EQ(store_digest(folder.path()).error().kind, ErrorKind::NotFound);
  EXPECT_EQ(store_check(folder.path()).error().kind, ErrorKind::NotFound);
  EXPECT_EQ(export_evidence(folder.path(), folder.path() / "out", false).error().kind, ErrorKind::NotFound);
}

TEST(StoreOffline, APrunedJournalIsNotReplayedAndSaysSo) {
  World world;
  world.options.heartbeat = std::chrono::hours{24 * 365};
  world.open();
  submit(*world.store, report_of(0, many(0, 10)));
  world.clock.advance(std::chrono::hours{24 * 8});
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  Result<Replayed> replayed = failure(ErrorKind::Internal, "not tried");
  int round = 0;
  do {  // an hour passes between two prunings
    world.clock.advance(std::chrono::hours{2});
    submit(*world.store, quiet_report(10 + static_cast<std::uint64_t>(round), 1));
    replayed = replay_journal(world.data(), world.folder.path() / std::to_string(round++));
  } while (replayed && std::chrono::steady_clock::now() < deadline);
  ASSERT_FALSE(replayed);
  EXPECT_EQ(replayed.error().kind, ErrorKind::Conflict) << replayed.error().message;
  EXPECT_NE(replayed.error().message.find("pruned"), std::string::npos);
  world.close();
  expect_sound(world);
}

TEST(StoreOffline, AReplayNeedsAnEmptyFolder) {
  World world;
  world.open();
  world.close();
  const auto replayed = replay_journal(world.data(), world.data());
  ASSERT_FALSE(replayed);
  EXPECT_EQ(replayed.error().kind, ErrorKind::Conflict);
}

// What the check is for: each part of the store, damaged behind its back.
TEST(StoreOffline, TheCheckNamesWhatDoesNotFit) {
  struct Case {
    std::string_view name;
    std::string_view says;
    std::function<void(Db&)> damage;
  };
  const auto first_key = [](const Db& db, Family family, const std::string& lower) {
    Cursor rows = db.cursor(nullptr, family, lower, "");
    rows.seek_first();
    return std::string(rows.key());
  };
  const auto drop = [&](Family family, const std::string& lower) {
    return [=](Db& db) {
      WriteSet changes;
      db.remove(changes, family, first_key(db, family, lower));
      ASSERT_TRUE(db.write(changes, false));
    };
  };
  const auto put = [](Family family, std::string key, std::string value) {
    return [=](Db& db) {
      WriteSet changes;
      db.put(changes, family, key, value);
      ASSERT_TRUE(db.write(changes, false));
    };
  };
  const AlertId stray{1, 0, 77};
  const QueuePlace place{Status::New, Level::Low, at("2026-01-01T00:00:00Z"), {}};
  const std::vector<Case> cases{
      {"queue row", "queue_severity", drop(Family::QueueSeverity, "")},
      {"stray row", "queue_due: ", put(Family::QueueDue, key::queue_due(place, stray), "")},
      {"deadline", "due", drop(Family::Due, "")},
      {"entry", "is missing", drop(Family::Entries, key::number(3))},
      {"changed entry", "entry 2", put(Family::Entries, key::number(2), "{}")},
      {"counts", "counts", drop(Family::Counts, "")},
      {"group", "generations", drop(Family::Groups, "")},
      {"history", "history", drop(Family::History, "")},
      {"payload", "no payload", drop(Family::Payloads, "")},
      {"range", "ranges", drop(Family::Ledger, "r")},
      {"sum", "ledger", drop(Family::Ledger, "s")},
      {"alert", "alert", drop(Family::Alerts, "")},
  };
  for (const Case& one : cases) {
    World world;
    world.open();
    submit(*world.store, report_of(0, many(0, 5)));
    world.close();
    {
      auto db = Db::open(world.data() / "db", Db::Mode::ReadWrite, merge_counts);
      ASSERT_TRUE(db);
      one.damage(**db);
    }
    const auto check = store_check(world.data());
    ASSERT_TRUE(check) << one.name << ": " << check.error().message;
    bool named = false;
    for (const std::string& problem : check->problems) {
      named = named || problem.find(one.says) != std::string::npos;
    }
    EXPECT_TRUE(named) << one.name << ": " << (check->problems.empty() ? "" : check->problems.front());
  }
}

}  // namespace
}  // namespace countersign::test
