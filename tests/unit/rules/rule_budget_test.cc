// SPDX-License-Identifier: Apache-2.0
// The arithmetic of a rule's budget, and what a breach does. The clock is held.
#include "rules/rule_budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rules/rule_watch.h"
#include "tests/unit/rules/rule_testing.h"

namespace countersign::testing {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr BudgetWindow::Instant kStart{};

/// What one rule cost: so many timed evaluations that took `each`.
RuleCosts cost(std::uint64_t timed, std::chrono::nanoseconds each) {
  RuleCost rule;
  rule.candidates = rule.evaluations = timed * kCostInterval;
  rule.timed = timed;
  rule.time = each * timed;
  rule.longest = timed == 0 ? std::chrono::nanoseconds{0} : each;
  return {{rule}, {}, {0}};
}

class Budget : public ::testing::Test {
 protected:
  // One timed evaluation stands for 1,024: of 100 s, 20 % are 19.53 ms of timed evaluations.
  BudgetWindow window{{0.2, seconds{100}, 1'024}, 1, kStart};
};

TEST_F(Budget, AShareBeyondTheBudgetIsABreachWhenTheWindowEnds) {
  EXPECT_THAT(window.add(cost(50, milliseconds{1}), kStart + seconds{99}), IsEmpty());
  const auto breaches = window.add(cost(1, milliseconds{1}), kStart + seconds{100});
  ASSERT_THAT(breaches, SizeIs(1));
  EXPECT_EQ(breaches[0].rule, 0U);
  EXPECT_EQ(breaches[0].samples, 51U);
  EXPECT_EQ(breaches[0].window, seconds{100});
  EXPECT_NEAR(breaches[0].share, 0.512, 1e-9) << "50 of 51 samples: the longest is left out";
}

TEST_F(Budget, AShareWithinTheBudgetIsNone) {
  EXPECT_THAT(window.add(cost(20, milliseconds{1}), kStart + seconds{100}), IsEmpty()) << "19 × 1,024 ms";
  EXPECT_THAT(window.add(cost(21, milliseconds{1}), kStart + seconds{200}), SizeIs(1)) << "20 × 1,024 ms";
}

TEST_F(Budget, AWindowBeginsAnewAfterItsEnd) {
  EXPECT_THAT(window.add(cost(20, milliseconds{1}), kStart + seconds{100}), IsEmpty());
  EXPECT_THAT(window.add(cost(20, milliseconds{1}), kStart + seconds{199}), IsEmpty());
  EXPECT_THAT(window.add(cost(1, milliseconds{1}), kStart + seconds{203}), IsEmpty()) << "20.48 s of 103 s";
}

TEST_F(Budget, FewSamplesAreNoiseAndTheWindowGoesOn) {
  EXPECT_THAT(window.add(cost(16, seconds{1}), kStart + seconds{100}), IsEmpty());
  EXPECT_THAT(window.add(cost(0, seconds{0}), kStart + seconds{900}), IsEmpty());
  const auto breaches = window.add(cost(1, seconds{1}), kStart + seconds{1'000});
  ASSERT_THAT(breaches, SizeIs(1)) << "the 17th sample";
  EXPECT_EQ(breaches[0].window, seconds{1'000});
  EXPECT_NEAR(breaches[0].share, 16.384, 1e-9);
}

TEST_F(Budget, OneLongEvaluationIsBadLuck) {
  RuleCosts costs = cost(100, microseconds{10});
  costs.rules[0].time += seconds{5};
  costs.rules[0].longest = seconds{5};
  costs.rules[0].timed += 1;
  EXPECT_THAT(window.add(costs, kStart + seconds{100}), IsEmpty());
}

TEST(BudgetOff, NoBudgetIsNoBreach) {
  BudgetWindow window({0, seconds{1}, 1'024}, 1, kStart);
  EXPECT_THAT(window.add(cost(100, seconds{1}), kStart + seconds{100}), IsEmpty());
}

class Watch : public ::testing::Test {
 protected:
  static std::shared_ptr<const Plan> make_plan() {
    return plan_of(load_rule_text("r.yml", rule_with("s: {f: abc}\ncondition: not s")).rules,
                   {&test_class()});
  }
  /// A watch that every evaluation breaches.
  std::shared_ptr<RuleWatch> make_watch() {
    return std::make_shared<RuleWatch>(RuleBudget{1e-9, seconds{1}, 1},
                                       [this](const RuleBreach&) -> Result<void> {
                                         ++announced;
                                         if (refuse) return failure(ErrorKind::Unavailable, "no room");
                                         return {};
                                       });
  }
  std::size_t match_often(Matcher& matcher) {
    Event event;
    fill(event, {{"f", text("x")}});
    std::vector<std::uint32_t> matches;
    std::size_t count = 0;
    for (int i = 0; i < 100; ++i) {
      matcher.match(event, matches);
      count += matches.size();
    }
    return count;
  }

  std::shared_ptr<const Plan> plan = make_plan();
  int announced = 0;
  bool refuse = false;
};

TEST_F(Watch, ABreachQuarantinesForEveryWorkerOnce) {
  const auto watch = make_watch();
  Matcher one(plan);
  Matcher other(plan);
  RuleWatch::Worker first(watch, one, kStart);
  RuleWatch::Worker second(watch, other, kStart);
  EXPECT_EQ(match_often(one) + match_often(other), 200U);
  first.batch_done(kStart + seconds{2});
  EXPECT_THAT(watch->quarantined(), ElementsAre(0U));
  second.batch_done(kStart + seconds{2});
  EXPECT_EQ(announced, 1);
  EXPECT_EQ(match_often(one) + match_often(other), 0U);
  EXPECT_EQ(watch->costs().rules[0].matches, 200U);

  Matcher late(plan);
  const RuleWatch::Worker third(watch, late, kStart);
  EXPECT_EQ(match_often(late), 0U) << "a worker that comes later knows";
  Matcher anew(plan);
  const RuleWatch::Worker lifted(make_watch(), anew, kStart);
  EXPECT_EQ(match_often(anew), 100U) << "another watch is another rule set, or another start";
}

TEST_F(Watch, WhatCannotBeMadeKnownIsNotQuarantined) {
  const auto watch = make_watch();
  Matcher matcher(plan);
  RuleWatch::Worker worker(watch, matcher, kStart);
  refuse = true;
  EXPECT_EQ(match_often(matcher), 100U);
  worker.batch_done(kStart + seconds{2});
  EXPECT_EQ(announced, 1);
  EXPECT_THAT(watch->quarantined(), IsEmpty());
  refuse = false;
  EXPECT_EQ(match_often(matcher), 100U);
  worker.batch_done(kStart + seconds{4});
  EXPECT_THAT(watch->quarantined(), ElementsAre(0U));
}

}  // namespace
}  // namespace countersign::testing
