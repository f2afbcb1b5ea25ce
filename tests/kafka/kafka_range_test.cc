// SPDX-License-Identifier: Apache-2.0
// What the Kafka source reads of a topic when it is asked for a period of it.
#include <gmock/gmock.h>

#include "tests/kafka/kafka_reading.h"
#include "tests/kafka/kafka_tool.h"

namespace countersign {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A time that is later than that of all records so far, and not later than that of any record to come.
Timestamp between_records() {
  const SystemClock clock;
  const Timestamp time =
      std::chrono::ceil<std::chrono::milliseconds>(clock.now() + std::chrono::nanoseconds{1});
  while (clock.now() < time) {
  }
  return time;
}

TEST(KafkaRange, OffsetsAreReadFromTheFirstToBeforeTheLastOfEachPartition) {
  create_topic("range", 2);
  produce("range", 0, numbered(0, 30));
  produce("range", 1, numbered(0, 5));
  Reading reading("range");
  reading.options.name = SourceName{"backfill:again"};
  reading.options.range = KafkaRange{Offset{3}, Offset{8}};
  ASSERT_TRUE(reading.start());
  ASSERT_TRUE(reading.until_end());
  EXPECT_THAT(reading.read[0].offsets, ElementsAre(3, 4, 5, 6, 7));
  EXPECT_THAT(reading.read[1].offsets, ElementsAre(3, 4)) << "it has no more";
  EXPECT_THAT(reading.warnings, IsEmpty());
}

TEST(KafkaRange, TimesAreThoseOfTheRecords) {
  create_topic("times", 2);
  produce("times", 0, numbered(0, 4));
  const Timestamp from = between_records();
  produce("times", 0, numbered(4, 7));
  produce("times", 1, numbered(0, 2));
  const Timestamp to = between_records();
  produce("times", 0, numbered(7, 9));
  Reading reading("times");
  reading.options.range = KafkaRange{from, to};
  ASSERT_TRUE(reading.start());
  ASSERT_TRUE(reading.until_end());
  EXPECT_THAT(reading.read[0].offsets, ElementsAre(4, 5, 6));
  EXPECT_THAT(reading.read[1].offsets, ElementsAre(0, 1));

  Reading nothing("times");
  nothing.options.range = KafkaRange{between_records(), between_records()};
  ASSERT_TRUE(nothing.start());
  ASSERT_TRUE(nothing.until_end());
  EXPECT_THAT(nothing.read, IsEmpty());
}

TEST(KafkaRange, AStoredPositionIsWhereItGoesOn) {
  create_topic("resumed");
  produce("resumed", 0, numbered(0, 10));
  Reading reading("resumed");
  reading.options.range = KafkaRange{Offset{2}, Offset{8}};
  reading.read_back = 100;
  ASSERT_TRUE(reading.start({{0, {Offset{5}, 0, {}, ""}}}));
  ASSERT_TRUE(reading.until_end());
  EXPECT_THAT(reading.read[0].offsets, ElementsAre(5, 6, 7));
  EXPECT_THAT(reading.read[0].keys, ElementsAre(2, 3, 4)) << "nothing from before the range";

  Reading done("resumed");
  done.options.range = KafkaRange{Offset{2}, Offset{8}};
  ASSERT_TRUE(done.start({{0, {Offset{8}, 0, {}, ""}}}));
  ASSERT_TRUE(done.until_end());
  EXPECT_THAT(done.read, IsEmpty());
}

TEST(KafkaRange, WhatWasDeletedIsAGapAndSoAreControlRecordsAtItsEnd) {
  create_topic("trimmed");
  produce("trimmed", 0, numbered(0, 10));
  produce_transaction("trimmed", 0, numbered(10, 11), Outcome::Committed);  // offset 10, its marker 11
  produce("trimmed", 0, numbered(12, 20));
  delete_records("trimmed", 0, 6);
  Reading reading("trimmed");
  reading.options.range = KafkaRange{Offset{2}, Offset{12}};
  ASSERT_TRUE(reading.start());
  ASSERT_TRUE(reading.until_end());
  EXPECT_THAT(reading.read[0].offsets, ElementsAre(6, 7, 8, 9, 10));
  EXPECT_THAT(reading.read[0].gaps,
              ElementsAre(is_gap(2, 6, GapCause::Retention), is_gap(11, 12, GapCause::NotDelivered)));

  Reading gone("trimmed");
  gone.options.range = KafkaRange{Offset{1}, Offset{3}};
  ASSERT_TRUE(gone.start());
  ASSERT_TRUE(gone.until_end());
  EXPECT_THAT(gone.read[0].gaps, ElementsAre(is_gap(1, 3, GapCause::Retention)));
}

}  // namespace
}  // namespace countersign
