// SPDX-License-Identifier: Apache-2.0
// Many people at once: each answer is durable, and they share the disk's syncs.
#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "store/offline.h"
#include "store/writer.h"
#include "world.h"

namespace countersign::test {
namespace {

constexpr int kThreads = 64;
constexpr int kDecisions = 20;

std::vector<Alert> opened_alerts(Store& store, int number) {
  std::vector<Alert> out;
  for (int i = 0; i < number; ++i) {
    Store::ManualAlert alert;
    alert.title = fmt::format("alert {}", i);
    alert.severity = Level::Low;
    alert.context = human("p-anna");
    const auto opened = store.open_manual(std::move(alert));
    EXPECT_TRUE(opened);
    out.push_back(opened->alert);
  }
  return out;
}

TEST(GroupCommit, SixtyFourPeopleDecideAtOnceAndShareSyncs) {
  World world;
  world.open();
  Store& store = *world.store;
  const std::vector<Alert> alerts = opened_alerts(store, kThreads);
  const StoreCounters before = store.counters();
  std::atomic<int> refused = 0;
  const auto began = std::chrono::steady_clock::now();
  std::vector<std::thread> people;
  for (int i = 0; i < kThreads; ++i) {
    people.emplace_back([&, i] {
      Alert alert = alerts[static_cast<std::size_t>(i)];
      for (int n = 0; n < kDecisions; ++n) {
        AlertAction decide = closing(alert, fmt::format("p-{}", i));
        decide.kind = ActionKind::Decide;
        auto done = store.act(std::move(decide));
        if (!done) {
          ++refused;
          return;
        }
        alert = std::move(done->alert);
      }
    });
  }
  for (std::thread& person : people) person.join();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  const StoreCounters after = store.counters();
  EXPECT_EQ(refused, 0);
  const std::uint64_t decisions = after.commands - before.commands;
  const std::uint64_t commits = after.journal.count() - before.journal.count();
  EXPECT_GE(decisions, static_cast<std::uint64_t>(kThreads * kDecisions));
  EXPECT_LT(commits * 4, decisions) << "decisions must share synced writes";
  fmt::print("{} decisions in {:.3f} s = {:.0f}/s, {} synced writes\n", kThreads * kDecisions, took.count(),
             kThreads * kDecisions / took.count(), commits);
  world.close();
  const auto check = store_check(world.data());
  ASSERT_TRUE(check);
  for (const std::string& problem : check->problems) ADD_FAILURE() << problem;
}

/// Gives nothing while it is held: the writer, which asks before each command, stands.
class HeldRandom final : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> bytes) override {
    std::unique_lock lock(mutex_);
    waiting_ = held_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    random_.fill(bytes);
  }
  /// Returns when somebody waits.
  void hold() {
    std::unique_lock lock(mutex_);
    held_ = true;
    changed_.wait(lock, [this] { return waiting_; });
  }
  void release() {
    const std::lock_guard lock(mutex_);
    held_ = waiting_ = false;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  SeededRandom random_{7};
  bool held_ = false;
  bool waiting_ = false;
};

TEST(GroupCommit, CommandsThatWaitForTheWriterAreCounted) {
  World world;
  HeldRandom random;
  const std::unique_ptr<Store> store = std::move(*Store::open(world.options, world.clock, random));
  const Alert alert = opened_alerts(*store, 1).front();
  random.hold();
  std::vector<std::future<Result<ActionReceipt>>> answers;
  for (int i = 0; i < 3; ++i) answers.push_back(store->act_async(action(ActionKind::Take, alert, "p-anna")));
  EXPECT_EQ(store->health().queue_commands, 3U);
  random.release();
  for (auto& answer : answers) (void)answer.get();
  EXPECT_EQ(store->health().queue_commands, 0U);
}

TEST(GroupCommit, EachSyncedWriteTellsHowLongItsStagesTook) {
  World world;
  world.open();
  const StoreCounters before = world.store->counters();
  (void)opened_alerts(*world.store, 3);  // one after the other: no two share a write
  const StoreCounters after = world.store->counters();
  for (const auto stage : {&StoreCounters::decide, &StoreCounters::journal, &StoreCounters::apply}) {
    EXPECT_GE((after.*stage).count(), (before.*stage).count() + 3);
    EXPECT_GT((after.*stage).sum_seconds(), (before.*stage).sum_seconds());
  }
}

TEST(GroupCommit, OfManyWhoTakeOneAlertExactlyOneGetsIt) {
  World world;
  world.open();
  const Alert alert = opened_alerts(*world.store, 1).front();
  std::atomic<int> winners = 0;
  std::atomic<int> conflicts = 0;
  std::vector<std::thread> people;
  for (int i = 0; i < 16; ++i) {
    people.emplace_back([&, i] {
      const auto done = world.store->act(action(ActionKind::Take, alert, fmt::format("p-{}", i)));
      if (done) {
        ++winners;
      } else if (done.error().kind == ErrorKind::Conflict) {
        ++conflicts;
      }
    });
  }
  for (std::thread& person : people) person.join();
  EXPECT_EQ(winners, 1);
  EXPECT_EQ(conflicts, 15);
}

TEST(GroupCommit, PeopleGoBeforeReportsButNoMoreThanATenthOfASecond) {
  const std::chrono::steady_clock::time_point report{};
  EXPECT_TRUE(goes_first(report - std::chrono::milliseconds{1}, report));
  EXPECT_TRUE(goes_first(report + std::chrono::milliseconds{100}, report));
  EXPECT_FALSE(goes_first(report + std::chrono::milliseconds{101}, report));
}

TEST(GroupCommit, ReportsOfManyPartitionsComeInBesidePeople) {
  World world;
  world.open();
  const Alert alert = opened_alerts(*world.store, 1).front();
  std::vector<std::thread> workers;
  for (int partition = 0; partition < 4; ++partition) {
    workers.emplace_back([&, partition] {
      for (std::uint64_t i = 0; i < 50; ++i) {
        submit(*world.store, report_of(i, {{fmt::format("h{}", i % 5), static_cast<std::int64_t>(i)}},
                                       fmt::format("t{}", partition)));
      }
    });
  }
  Alert current = alert;
  for (int i = 0; i < 20; ++i) {
    AlertAction note = action(ActionKind::Note, current, "p-anna");
    note.text = "looking";
    auto done = world.store->act(note);
    ASSERT_TRUE(done) << done.error().message;
    current = done->alert;
  }
  for (std::thread& worker : workers) worker.join();
  const LedgerSummary books = world.store->ledger().value();
  EXPECT_TRUE(books.balanced);
  ASSERT_EQ(books.partitions.size(), 4U);
  std::uint64_t opened = 0;
  for (const LedgerRow& row : books.partitions) {
    EXPECT_EQ(row.end.value, 50U);
    opened += row.counts.opened;
  }
  EXPECT_EQ(opened, 5U);
  world.close();
  const auto check = store_check(world.data());
  ASSERT_TRUE(check);
  for (const std::string& problem : check->problems) ADD_FAILURE() << problem;
}

}  // namespace
}  // namespace countersign::test
