// SPDX-License-Identifier: Apache-2.0
// A pipeline between a source of made-up batches and a sink that can refuse: order, positions, what a refusal
// stops, and stopping in the middle.
#include "ingest/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "ingest/metrics.h"
#include "tests/unit/ingest/decoding.h"
#include "tests/unit/ingest/detection.h"
#include "tests/unit/ingest/messages.h"

namespace countersign {
namespace {

using ::testing::_;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Le;
using ::testing::Pair;
using testing::rules_of;
using testing::simple_rule;
using ::testing::SizeIs;

const SourceName kName{"made-up"};

SourcePartition partition_of(int number) { return {kName, TopicName{"t"}, number}; }

/// `batches` of each partition in turn, three messages each, from where it is told to start.
class MadeUpSource final : public Source {
 public:
  MadeUpSource(int partitions, std::uint64_t messages) : partitions_(partitions), messages_(messages) {}

  const SourceName& name() const override { return kName; }
  Result<void> start(const std::map<SourcePartition, SourcePosition>& positions) override {
    for (const auto& [partition, position] : positions) next_[partition.partition] = position.next.value;
    return {};
  }
  Result<Next> next(MessageBatch& batch, std::chrono::milliseconds) override {
    for (int tried = 0; tried < partitions_; ++tried) {
      const int partition = turn_++ % partitions_;
      std::uint64_t& next = next_[partition];
      if (next >= messages_) continue;
      batch.clear();
      batch.partition = partition_of(partition);
      batch.incarnation = 1;
      batch.start = batch.end = Offset{next};
      for (int i = 0; i < 3 && next < messages_; ++i, ++next) {
        testing::add_message(batch, R"({"Channel":"Security","EventID":)" + std::to_string(next) + "}");
      }
      return Next::Batch;
    }
    return Next::End;
  }
  void stored(const SourcePartition& partition, Offset next, std::optional<Timestamp>) override {
    const std::lock_guard lock(mutex_);
    stored_[partition.partition] = next.value;
  }
  std::uint64_t stored_of(int partition) {
    const std::lock_guard lock(mutex_);
    return stored_[partition];
  }
  std::vector<std::string> take_warnings() override { return {}; }

 private:
  int partitions_;
  std::uint64_t messages_;
  int turn_ = 0;
  std::map<int, std::uint64_t> next_;
  std::mutex mutex_;
  std::map<int, std::uint64_t> stored_;
};

/// Keeps reports as a store would: positions move with them. `refuse` may say no to one.
class KeepingSink final : public ReportSink {
 public:
  std::function<Result<void>(const Report&)> refuse = [](const Report&) { return Result<void>{}; };

  Result<void> announce(const RuleSetManifest&) override { return {}; }
  Result<void> announce(const PackSetManifest&) override { return {}; }
  Result<void> submit(Report report) override {
    const std::lock_guard lock(mutex_);
    if (auto refused = refuse(report); !refused) return refused;
    SourcePosition& position = positions_[report.partition];
    if (report.start != position.next) torn_.push_back(report.start.value);
    position = report.next;
    std::vector<Hash256>& rulesets = rulesets_[report.partition.partition];
    if (rulesets.empty() || rulesets.back() != report.ruleset) rulesets.push_back(report.ruleset);
    matched_ += report.counts.matched;
    events_ += report.counts.events;
    changed_.notify_all();
    return {};
  }
  Result<std::map<SourcePartition, SourcePosition>> positions(const SourceName&) override {
    const std::lock_guard lock(mutex_);
    return positions_;
  }

  void wait_for_events(std::uint64_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return events_ >= count; });
  }
  std::uint64_t events() {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  std::uint64_t next_of(int partition) {
    const std::lock_guard lock(mutex_);
    return positions_[partition_of(partition)].next.value;
  }
  std::uint64_t matched() {
    const std::lock_guard lock(mutex_);
    return matched_;
  }
  /// The rule sets that reports of a partition name, each time that it changed.
  std::vector<Hash256> rulesets_of(int partition) {
    const std::lock_guard lock(mutex_);
    return rulesets_[partition];
  }
  /// Starts of reports that did not begin where the one before them ended.
  std::vector<std::uint64_t> torn() {
    const std::lock_guard lock(mutex_);
    return torn_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<SourcePartition, SourcePosition> positions_;
  std::vector<std::uint64_t> torn_;
  std::map<int, std::vector<Hash256>> rulesets_;
  std::uint64_t events_ = 0;
  std::uint64_t matched_ = 0;
};

class PipelineTest : public ::testing::Test {
 protected:
  std::unique_ptr<Pipeline> pipeline(int partitions, std::uint64_t messages, std::size_t workers = 3) {
    PipelineOptions options;
    options.workers = workers;
    auto source = std::make_unique<MadeUpSource>(partitions, messages);
    source_ = source.get();
    return std::make_unique<Pipeline>(
        std::move(source), DetectionParts{plan_, testing::shipped_packs(), watch_}, sink_, clock_,
        [this](LogLevel, std::string_view text, const std::vector<LogField>&) {
          const std::lock_guard lock(log_mutex_);
          log_.emplace_back(text);
        },
        options, &metrics_);
  }
  std::vector<std::string> log() {
    const std::lock_guard lock(log_mutex_);
    return log_;
  }

  MadeUpSource* source_ = nullptr;  // of the last pipeline
  std::shared_ptr<RuleWatch> watch_;
  SystemClock clock_;
  IngestMetrics metrics_;
  KeepingSink sink_;
  std::shared_ptr<const Plan> plan_ = testing::plan_of(rules_of(simple_rule(1, "windows", "EventID: 7")));
  std::mutex log_mutex_;
  std::vector<std::string> log_;
};

TEST_F(PipelineTest, EachPartitionIsReportedInOrderAndToItsEnd) {
  const auto running = pipeline(5, 1'000);
  ASSERT_TRUE(running->start());
  running->wait();
  EXPECT_EQ(running->state(), Pipeline::State::Ended);
  EXPECT_EQ(sink_.events(), 5'000U);
  EXPECT_THAT(sink_.torn(), SizeIs(0));
  for (int partition = 0; partition < 5; ++partition) EXPECT_EQ(sink_.next_of(partition), 1'000U);
  EXPECT_EQ(metrics_.records.load(), 5'000U);
  EXPECT_EQ(metrics_.times.read().delay.count(), 5'000U);
}

TEST_F(PipelineTest, WhatRulesCostIsReadWhileWorkersCountIt) {
  std::atomic<int> announced{0};
  // Every evaluation breaches this budget, once a second has passed: reading goes on until then.
  watch_ = std::make_shared<RuleWatch>(RuleBudget{1e-9, std::chrono::seconds{1}, 1},
                                       [&](const RuleBreach&) -> Result<void> {
                                         ++announced;
                                         return {};
                                       });
  plan_ = testing::plan_of(rules_of(simple_rule(1, "windows", "EventID: 7\n    X: y") +
                                    simple_rule(2, "windows", "EventID|gte: 0")));
  const auto running = pipeline(3, 10'000'000);
  ASSERT_TRUE(running->start());
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  while (watch_->quarantined().empty() && std::chrono::steady_clock::now() < deadline) {
    const RuleCosts costs = watch_->costs();
    if (!costs.rules.empty()) {
      EXPECT_LE(costs.rules[1].matches, costs.rules[1].candidates);
    }
  }
  running->stop();
  EXPECT_THAT(watch_->quarantined(), ::testing::ElementsAre(1U));
  EXPECT_EQ(announced.load(), 1);
}

TEST_F(PipelineTest, OtherRulesAreUsedFromTheNextBatchOfEachWorker) {
  const std::shared_ptr<const Plan> first = plan_;
  const std::shared_ptr<const Plan> second =
      testing::plan_of(rules_of(simple_rule(2, "windows", "EventID|gte: 3000")));
  const auto running = pipeline(3, 6'000);
  // Every partition is told what to use in the middle of its messages.
  bool told = false;
  sink_.refuse = [&](const Report& report) -> Result<void> {
    if (report.start.value >= 2'100 && !told) {
      told = true;
      running->use({second, testing::shipped_packs(), watch_});
    }
    return {};
  };
  ASSERT_TRUE(running->start());
  running->wait();
  EXPECT_EQ(sink_.events(), 3 * 6'000U);
  EXPECT_THAT(sink_.torn(), SizeIs(0));
  for (int partition = 0; partition < 3; ++partition)
    EXPECT_THAT(sink_.rulesets_of(partition), ElementsAre(first->rules()->hash(), second->rules()->hash()));
  // The old rule matched one event of each partition; the new one all from 3,000 on, unless a worker was as
  // far before it was told.
  EXPECT_GE(sink_.matched(), 3 + 3 * 2'900U);
  EXPECT_LE(sink_.matched(), 3 + 3 * 3'000U);
}

TEST_F(PipelineTest, StoppedInTheMiddleItGoesOnWhereTheSinkStands) {
  std::mt19937 random(std::random_device{}());
  std::uint64_t seen = 0;
  while (seen < 3 * 2'000U) {
    const auto running = pipeline(3, 2'000);
    ASSERT_TRUE(running->start());
    sink_.wait_for_events(std::min<std::uint64_t>(seen + random() % 900, 3 * 2'000U));
    running->stop();
    seen = sink_.events();
  }
  EXPECT_EQ(seen, 3 * 2'000U) << "nothing is reported twice";
  EXPECT_THAT(sink_.torn(), SizeIs(0));
}

TEST_F(PipelineTest, ASinkThatIsBusyIsAskedAgain) {
  int refusals = 0;
  sink_.refuse = [&](const Report& report) -> Result<void> {
    if (report.start.value == 300 && refusals++ < 2)
      return failure(ErrorKind::Unavailable, "the disk is nearly full");
    return {};
  };
  const auto running = pipeline(1, 600, 1);
  ASSERT_TRUE(running->start());
  running->wait();
  EXPECT_EQ(running->state(), Pipeline::State::Ended);
  EXPECT_EQ(sink_.events(), 600U);
  EXPECT_FALSE(running->paused());
  EXPECT_THAT(log(), ElementsAre(HasSubstr("reading pauses: the disk is nearly full"),
                                 HasSubstr("reading goes on"), HasSubstr("read to its end")));
}

TEST_F(PipelineTest, ARefusalThatCannotPassStopsItsPartitionAlone) {
  sink_.refuse = [](const Report& report) -> Result<void> {
    if (report.partition.partition == 1 && report.start.value >= 300) {
      return failure(ErrorKind::Conflict, "the range does not balance");
    }
    return {};
  };
  const auto running = pipeline(3, 600);
  ASSERT_TRUE(running->start());
  running->wait();
  EXPECT_EQ(running->state(), Pipeline::State::Failed);
  EXPECT_EQ(sink_.next_of(0), 600U);
  EXPECT_EQ(sink_.next_of(1), 300U);
  EXPECT_EQ(source_->stored_of(1), 300U) << "what is not stored counts as lag";
  EXPECT_EQ(source_->stored_of(2), 600U);
  EXPECT_EQ(sink_.next_of(2), 600U);
  EXPECT_THAT(log(), Contains(HasSubstr("the partition stops: the range does not balance")).Times(1));
}

TEST_F(PipelineTest, APartitionIsDatedWhenItsReportIsDurable) {
  sink_.refuse = [](const Report& report) -> Result<void> {
    if (report.partition.partition == 1) return failure(ErrorKind::Conflict, "the range does not balance");
    return {};
  };
  const Timestamp before = clock_.now();
  const auto running = pipeline(3, 30);
  ASSERT_TRUE(running->start());
  running->wait();
  const auto durable = metrics_.times.read().durable;
  EXPECT_THAT(durable, ElementsAre(Key(0), Key(2)));
  EXPECT_THAT(durable, Each(Pair(_, AllOf(Ge(before), Le(clock_.now())))));
}

TEST_F(PipelineTest, MessagesThatWaitForAWorkerAreCounted) {
  sink_.refuse = [](const Report&) -> Result<void> { return failure(ErrorKind::Unavailable, "no room"); };
  const auto running = pipeline(1, 9'000, 1);
  ASSERT_TRUE(running->start());
  // The worker has a batch in hand; two of three messages each are queued, and the reader stands with one.
  while (running->queued() != 9 || !running->paused()) std::this_thread::yield();
  running->stop();
}

TEST_F(PipelineTest, NothingWaitsWhenAllIsRead) {
  const auto running = pipeline(5, 100);
  ASSERT_TRUE(running->start());
  running->wait();
  EXPECT_EQ(running->queued(), 0U);
}

TEST_F(PipelineTest, StoppingDoesNotWaitForASinkThatStaysBusy) {
  sink_.refuse = [](const Report&) -> Result<void> { return failure(ErrorKind::Unavailable, "no room"); };
  const auto running = pipeline(4, 9'000);
  ASSERT_TRUE(running->start());
  while (!running->paused()) std::this_thread::yield();
  running->stop();
  EXPECT_EQ(sink_.events(), 0U);
}

}  // namespace
}  // namespace countersign
