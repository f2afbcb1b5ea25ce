// SPDX-License-Identifier: Apache-2.0
#include "core/duration_histogram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace countersign {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using testing::ElementsAre;

constexpr std::array kBounds{0.0025, 1.0, 60.0};

TEST(DurationHistogram, ADurationFallsIntoTheFirstBucketWhoseBoundItDoesNotExceed) {
  DurationHistogram durations(kBounds);
  for (const nanoseconds duration : std::initializer_list<nanoseconds>{
           nanoseconds{0}, nanoseconds{2'500'000}, nanoseconds{2'500'001}, seconds{1},
           seconds{1} + nanoseconds{1}, seconds{60}, seconds{60} + nanoseconds{1}}) {
    durations.add(duration);
  }
  EXPECT_THAT(durations.buckets(), ElementsAre(2, 2, 2, 1));
  EXPECT_EQ(durations.count(), 7U);
  EXPECT_NEAR(durations.sum_seconds(), 122.005, 1e-6);
}

TEST(DurationHistogram, ANegativeDurationCountsAsNone) {
  DurationHistogram durations(kBounds);
  durations.add(seconds{-5});
  EXPECT_THAT(durations.buckets(), ElementsAre(1, 0, 0, 0));
  EXPECT_EQ(durations.sum_seconds(), 0.0);
}

TEST(DurationHistogram, ManyYearsAddUp) {
  DurationHistogram durations(kBounds);
  constexpr std::chrono::hours kYear{24 * 365};
  for (int i = 0; i < 1'000; ++i) durations.add(kYear);
  EXPECT_THAT(durations.buckets(), ElementsAre(0, 0, 0, 1'000));
  EXPECT_EQ(durations.sum_seconds(), 1'000.0 * 365 * 86'400);
}

TEST(DurationHistogram, TwoBecomeTheirSum) {
  DurationHistogram one(kBounds);
  DurationHistogram other(kBounds);
  one.add(milliseconds{1});
  other.add(milliseconds{2});
  other.add(seconds{2});
  one.add(other);
  EXPECT_THAT(one.buckets(), ElementsAre(2, 0, 1, 0));
  EXPECT_NEAR(one.sum_seconds(), 2.003, 1e-9);
}

TEST(DurationHistogramDeathTest, HistogramsOfDifferentBoundsAreNotAdded) {
  DurationHistogram one(kBounds);
  EXPECT_DEATH(one.add(DurationHistogram(kStageSeconds)), "duration_histogram");
}

}  // namespace
}  // namespace countersign
