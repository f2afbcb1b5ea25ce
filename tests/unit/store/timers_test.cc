// SPDX-License-Identifier: Apache-2.0
// What the store does when time passes. The clock is held; conditions are waited for with a deadline.
#include <functional>
#include <thread>

#include <gtest/gtest.h>

#include "world.h"

namespace countersign::test {
namespace {

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (std::chrono::steady_clock::now() < deadline) {
    if (condition()) return true;
    std::this_thread::yield();
  }
  return false;
}

class Timers : public testing::Test {
 protected:
  void SetUp() override {
    world.options.heartbeat = std::chrono::hours{24 * 365};
    world.open();
    submit(*world.store, report_of(0, {{"h1", 1}}));
    id = only_alert(*world.store).id;
  }
  Alert alert() { return world.store->alert(id).value(); }
  std::vector<std::string> types() {
    std::vector<std::string> out;
    const HistoryPage page = world.store->history(id, std::nullopt, 100).value();
    for (const HistoryRow& row : page.rows) out.push_back(row.type);
    return out;
  }

  World world;
  AlertId id;
};

TEST_F(Timers, ALeaseThatRunsOutReturnsTheAlertToTheQueue) {
  ASSERT_TRUE(world.store->act(action(ActionKind::Take, alert(), "p-anna")));
  world.clock.advance(std::chrono::hours{7});
  AlertAction note = action(ActionKind::Note, alert(), "p-anna");
  note.text = "still at it";  // a touch of the owner renews the lease
  ASSERT_TRUE(world.store->act(note));
  world.clock.advance(std::chrono::hours{7});
  AlertAction foreign = action(ActionKind::Note, alert(), "p-bert");
  foreign.text = "whoever else writes does not";
  ASSERT_TRUE(world.store->act(foreign));
  EXPECT_EQ(alert().owner, PersonId{"p-anna"});
  world.clock.advance(std::chrono::hours{1} + std::chrono::seconds{1});
  ASSERT_TRUE(eventually([&] { return alert().status == Status::New; }));
  EXPECT_FALSE(alert().owner);
  EXPECT_EQ(types().back(), "alert.released");
}

TEST_F(Timers, AHoldEndsAtItsWakeTimeAndKeepsItsOwner) {
  const auto taken = world.store->act(action(ActionKind::Take, alert(), "p-anna"));
  AlertAction hold = action(ActionKind::Hold, taken->alert, "p-anna");
  hold.text = "waiting for the network team";
  hold.wake = world.clock.now() + std::chrono::hours{20};
  ASSERT_TRUE(world.store->act(hold));
  world.clock.advance(std::chrono::hours{20} + std::chrono::seconds{1});
  ASSERT_TRUE(eventually([&] { return alert().status == Status::InProgress; }));
  EXPECT_EQ(alert().owner, PersonId{"p-anna"});
}

TEST_F(Timers, APassedDeadlineIsRecordedOnceAndCounted) {
  world.clock.advance(std::chrono::hours{1} + std::chrono::seconds{1});  // severity high: one hour
  const GaugeKey key{Level::High, QueueName{"default"}};
  ASSERT_TRUE(eventually([&] { return world.store->gauges()[key].overdue == 1; }));
  EXPECT_EQ(types(), (std::vector<std::string>{"alert.opened", "deadline.missed"}));
  EXPECT_EQ(alert().version.value, 1U);
  ASSERT_TRUE(world.store->act(closing(alert(), "p-anna")));
  EXPECT_EQ(world.store->gauges()[key].overdue, 0U);
}

TEST_F(Timers, ADecisionInTimeStopsTheReviewClock) {
  ASSERT_TRUE(world.store->act(closing(alert(), "p-anna")));
  world.clock.advance(std::chrono::hours{48});
  submit(*world.store, quiet_report(1, 1));
  EXPECT_EQ(types().back(), "alert.closed");
}

TEST_F(Timers, AnOpenRangeIsWrittenAfterAMinute) {
  const std::uint64_t before = world.store->health().entries;
  world.clock.advance(std::chrono::seconds{61});
  EXPECT_TRUE(eventually([&] { return world.store->health().entries == before + 1; }));
}

TEST_F(Timers, SessionsEnd) {
  Person person;
  person.login = "anna";
  person.roles = {Role::Analyst};
  const auto added = world.store->add_person(person, human("p-admin"));
  ASSERT_TRUE(added);
  Session session{"hash",    added->id,         "password",
                  "console", world.clock.now(), world.clock.now() + std::chrono::hours{1}};
  ASSERT_TRUE(world.store->add_session(session));
  EXPECT_TRUE(world.store->session("hash"));
  world.clock.advance(std::chrono::hours{1});
  EXPECT_EQ(world.store->session("hash").error().kind, ErrorKind::NotFound);
}

TEST(Heartbeat, IsWrittenEveryMinuteAndTimeNeverGoesBack) {
  World world;
  world.open();
  const std::uint64_t before = world.store->health().entries;
  world.clock.advance(std::chrono::minutes{1});
  ASSERT_TRUE(eventually([&] { return world.store->health().entries > before; }));
  world.clock.advance(-std::chrono::hours{5});  // the clock jumps back
  submit(*world.store, report_of(0, {{"h1", 1}}));
  EXPECT_GE(only_alert(*world.store).times.opened, at("2026-03-01T08:01:00Z"));
}

}  // namespace
}  // namespace countersign::test
