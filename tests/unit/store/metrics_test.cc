// SPDX-License-Identifier: Apache-2.0
#include "store/metrics.h"

#include <gtest/gtest.h>

#include "direct.h"

namespace countersign::test {
namespace {

class Counters : public testing::Test {
 protected:
  /// Runs a command and counts what it did.
  Result<Decided> run(const Command& command) {
    auto done = store.run(command);
    EXPECT_TRUE(done) << done.error().message;
    if (done && done->batch) metrics.absorb(*done->batch);
    return done;
  }
  AlertId open(Level severity) {
    ManualCommand command;
    command.alert.title = "seen by hand";
    command.alert.severity = severity;
    command.alert.context = human("p-reporter");
    return run(command)->receipt->alert.facts.id;
  }
  void act(ActionKind kind, const AlertId& id, const std::string& person) {
    run(ActionCommand{store.request(kind, id, person), false});
  }
  std::uint64_t deadlines(DeadlineOutcome outcome) {
    return metrics.read().deadlines[{Level::High, QueueName{"default"}, outcome}];
  }

  Direct store;
  StoreMetrics metrics;
  const GaugeKey high{Level::High, QueueName{"default"}};
};

TEST_F(Counters, TimesRunFromOpeningAndFallIntoTheirBuckets) {
  const AlertId id = open(Level::High);
  store.advance(std::chrono::seconds{250});
  act(ActionKind::Take, id, "p-anna");
  store.advance(std::chrono::seconds{250});
  act(ActionKind::Close, id, "p-anna");
  const StoreCounters counters = metrics.read();
  const auto assigned = counters.time_to_assign.at(high);
  const auto reviewed = counters.time_to_review.at(high);
  const auto closed = counters.time_to_close.at(high);
  EXPECT_EQ(assigned.buckets()[1], 1U);  // up to 300 s
  EXPECT_EQ(reviewed.buckets()[2], 1U);  // up to 900 s
  EXPECT_EQ(closed.buckets()[2], 1U);
  EXPECT_NEAR(assigned.sum_seconds(), 250, 0.001);
  EXPECT_NEAR(closed.sum_seconds(), 500, 0.001);
  EXPECT_EQ(closed.count(), 1U);
  EXPECT_EQ((counters.closed.at({Level::High, QueueName{"default"}, Verdict::Benign})), 1U);
  EXPECT_EQ((counters.created.at({Level::High, QueueName{"default"}, SourceName{}})), 1U);
}

TEST_F(Counters, DeadlinesAreMetMissedOrOverturned) {
  const AlertId in_time = open(Level::High);
  act(ActionKind::Decide, in_time, "p-anna");
  EXPECT_EQ(deadlines(DeadlineOutcome::Met), 1U);
  act(ActionKind::Undo, in_time, "p-anna");
  EXPECT_EQ(deadlines(DeadlineOutcome::Overturned), 1U);
  const AlertId late = open(Level::High);
  store.advance(std::chrono::hours{2});
  run(DeadlineCommand{late, DueKind::Review, store.record(late).review.due});
  EXPECT_EQ(deadlines(DeadlineOutcome::Missed), 1U);
  act(ActionKind::Decide, late, "p-anna");
  EXPECT_EQ(deadlines(DeadlineOutcome::Met), 1U);
  act(ActionKind::Undo, late, "p-anna");
  EXPECT_EQ(deadlines(DeadlineOutcome::Overturned), 1U) << "it had met no deadline";
}

TEST_F(Counters, ReopeningAndHandingOverAreCountedApart) {
  const AlertId id = open(Level::High);
  act(ActionKind::Take, id, "p-anna");
  act(ActionKind::Take, id, "p-bert");
  act(ActionKind::Close, id, "p-bert");
  act(ActionKind::Reopen, id, "p-bert");
  const StoreCounters counters = metrics.read();
  EXPECT_EQ(counters.reassigned.at(QueueName{"default"}), 1U);
  EXPECT_EQ(counters.reopened.at(high), 1U);
  EXPECT_EQ(deadlines(DeadlineOutcome::Overturned), 0U);
}

TEST_F(Counters, MatchesThatAttachAreNotTheOnesThatOpen) {
  run(RulesCommand{ruleset()});
  run(PacksCommand{packs()});
  run(ReportCommand{report_of(0, {{"h1", 1}, {"h1", 2}, {"h1", 3}})});
  run(ReportCommand{report_of(3, {{"h1", 4}})});
  const StoreCounters counters = metrics.read();
  EXPECT_EQ(counters.deduplicated.at(high), 3U);
  EXPECT_EQ((counters.created.at({Level::High, QueueName{"default"}, SourceName{"src"}})), 1U);
}

}  // namespace
}  // namespace countersign::test
