// SPDX-License-Identifier: Apache-2.0
#include "store/offline.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace countersign::test
