// SPDX-License-Identifier: Apache-2.0
// What the Kafka source gives before a stored position, so that duplicates are known after a restart.
#include <gmock/gmock.h>

#include "tests/kafka/kafka_reading.h"
#include "tests/kafka/kafka_tool.h"

namespace countersign {
namespace {

using testing::ElementsAre;

TEST(KafkaKeys, MessagesBeforeTheStoredPositionAreReadBackForTheirKeys) {
  create_topic("keys");
  produce("keys", 0, numbered(0, 30));
  Reading reading("keys");
  reading.read_back = 4;
  ASSERT_TRUE(reading.start({{0, {Offset{20}, 0, {}, ""}}}));
  ASSERT_TRUE(reading.until_position(0, 30));
  EXPECT_THAT(reading.read[0].keys, ElementsAre(16, 17, 18, 19));
  EXPECT_EQ(reading.read[0].first, 20U);
  EXPECT_EQ(reading.read[0].offsets.size(), 10U);

  Reading from_the_first("keys");
  from_the_first.read_back = 100;
  ASSERT_TRUE(from_the_first.start({{0, {Offset{2}, 0, {}, ""}}}));
  ASSERT_TRUE(from_the_first.until_position(0, 30));
  EXPECT_THAT(from_the_first.read[0].keys, ElementsAre(0, 1));
}

TEST(KafkaKeys, OffsetsThatAreNoMessagesAreMadeUpForFurtherBack) {
  create_topic("sparse");
  for (int i = 0; i < 6; ++i) produce_transaction("sparse", 0, numbered(i, i + 1), Outcome::Committed);
  produce_transaction("sparse", 0, numbered(90, 95), Outcome::Aborted);
  // Messages at 0, 2, … 10; nothing from 11 to 17.
  produce_transaction("sparse", 0, numbered(7, 8), Outcome::Committed);
  Reading reading("sparse");
  reading.read_back = 4;
  ASSERT_TRUE(reading.start({{0, {Offset{18}, 0, {}, ""}}}));
  ASSERT_TRUE(reading.until_position(0, 20));
  EXPECT_THAT(reading.read[0].keys, testing::IsSupersetOf({4U, 6U, 8U, 10U}));
  EXPECT_THAT(reading.read[0].offsets, ElementsAre(18));
}

}  // namespace
}  // namespace countersign
