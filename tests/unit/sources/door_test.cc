// SPDX-License-Identifier: Apache-2.0
// The queue of a door and the source that takes from it: bounds, offsets, what is acknowledged when.
#include <gmock/gmock.h>

#include <thread>

#include "core/clock.h"
#include "ingest/door_source.h"
#include "ingest/event_body.h"

namespace countersign {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using std::chrono_literals::operator""ms;

DoorChunk chunk_of(const std::vector<std::string>& messages) {
  DoorChunk chunk;
  for (const std::string& message : messages) {
    chunk.messages.push_back(
        {static_cast<std::uint32_t>(chunk.bytes.size()), static_cast<std::uint32_t>(message.size())});
    chunk.bytes += message;
  }
  return chunk;
}

struct Taken {
  std::uint64_t start = 0, end = 0;
  std::vector<std::string> messages;
};

Taken take(DoorQueue& queue, BatchLimits limits = {}) {
  MessageBatch batch;
  BatchWriter writer(limits);
  if (!queue.take(batch, writer, 0ms)) return {};
  Taken taken{batch.start.value, batch.end.value, {}};
  for (const Message& message : batch.messages) {
    EXPECT_EQ(message.offset.value, taken.start + taken.messages.size());
    taken.messages.emplace_back(message.bytes);
  }
  EXPECT_EQ(taken.end - taken.start, taken.messages.size());
  return taken;
}

TEST(DoorQueue, OffsetsGoOnAtThePositionOverChunksAndBatches) {
  DoorQueue queue;
  queue.open(Offset{41});
  DoorChunk first = chunk_of({"a", "b"});
  DoorChunk second = chunk_of({"c", "d", "e"});
  ASSERT_EQ(queue.offer(first), DoorQueue::Offer::Taken);
  ASSERT_EQ(queue.offer(second), DoorQueue::Offer::Taken);
  const BatchLimits three{.messages_max = 3, .bytes_max = 100};
  const Taken one = take(queue, three);
  EXPECT_EQ(one.start, 41U);
  EXPECT_THAT(one.messages, ElementsAre("a", "b", "c"));
  const Taken two = take(queue, three);
  EXPECT_EQ(two.start, 44U);
  EXPECT_THAT(two.messages, ElementsAre("d", "e"));
  EXPECT_TRUE(take(queue).messages.empty());
  EXPECT_EQ(queue.bytes(), 0U);
  EXPECT_EQ(queue.messages(), 0U);
}

TEST(DoorQueue, AcknowledgesWhatIsDurableAndNothingElse) {
  DoorQueue queue;
  queue.open(Offset{0});
  std::vector<std::uint64_t> acknowledged;
  for (int i = 0; i < 3; ++i) {
    DoorChunk chunk = chunk_of({"a", "b"});
    chunk.acknowledge = [&](const Result<DoorReceipt>& receipt) {
      ASSERT_TRUE(receipt);
      acknowledged.push_back(receipt->end.value);
    };
    ASSERT_EQ(queue.offer(chunk), DoorQueue::Offer::Taken);
  }
  EXPECT_EQ(take(queue).messages.size(), 6U);
  EXPECT_TRUE(acknowledged.empty()) << "taken is not durable";
  queue.stored(Offset{1});
  EXPECT_TRUE(acknowledged.empty()) << "half of a request is not all of it";
  queue.stored(Offset{5});
  EXPECT_THAT(acknowledged, ElementsAre(2U, 4U));
  queue.stored(Offset{6});
  EXPECT_THAT(acknowledged, ElementsAre(2U, 4U, 6U));
}

TEST(DoorQueue, AFullQueueLeavesTheChunkWithItsOwnerAndSaysWhenThereIsRoom) {
  DoorQueue queue({.bytes_max = 4, .messages_max = 100});
  int room = 0;
  queue.when_room([&room] { ++room; });
  queue.open(Offset{0});
  DoorChunk fits = chunk_of({"abcdef"});
  DoorChunk waits = chunk_of({"g"});
  bool answered = false;
  waits.acknowledge = [&](const Result<DoorReceipt>&) { answered = true; };
  ASSERT_EQ(queue.offer(fits), DoorQueue::Offer::Taken) << "below the bound when it came";
  ASSERT_EQ(queue.offer(waits), DoorQueue::Offer::Full);
  EXPECT_EQ(waits.bytes, "g");
  EXPECT_EQ(waits.messages.size(), 1U);
  EXPECT_TRUE(waits.acknowledge);
  EXPECT_EQ(room, 0);
  EXPECT_THAT(take(queue).messages, ElementsAre("abcdef"));
  EXPECT_EQ(room, 1);
  ASSERT_EQ(queue.offer(waits), DoorQueue::Offer::Taken);
  EXPECT_FALSE(answered);
  EXPECT_EQ(take(queue).start, 1U);
  EXPECT_EQ(room, 1) << "nobody was turned away";
}

TEST(DoorQueue, ManySmallMessagesFillItToo) {
  DoorQueue queue({.bytes_max = 1'000, .messages_max = 2});
  queue.open(Offset{0});
  DoorChunk two = chunk_of({"a", "b"});
  DoorChunk one = chunk_of({"c"});
  ASSERT_EQ(queue.offer(two), DoorQueue::Offer::Taken);
  EXPECT_EQ(queue.offer(one), DoorQueue::Offer::Full);
}

TEST(DoorQueue, TakesNothingBeforeItIsOpenAndAfterItsEnd) {
  DoorQueue queue;
  DoorChunk chunk = chunk_of({"a"});
  EXPECT_EQ(queue.offer(chunk), DoorQueue::Offer::Closed);
  queue.open(Offset{7});
  ASSERT_EQ(queue.offer(chunk), DoorQueue::Offer::Taken);
  queue.end();
  DoorChunk late = chunk_of({"b"});
  EXPECT_EQ(queue.offer(late), DoorQueue::Offer::Closed);
  EXPECT_FALSE(queue.ended()) << "what came before is still taken";
  EXPECT_FALSE(queue.wait_until_stored(1ms));
  EXPECT_THAT(take(queue).messages, ElementsAre("a"));
  EXPECT_TRUE(queue.ended());
  queue.stored(Offset{8});
  EXPECT_TRUE(queue.wait_until_stored(0ms));
}

TEST(DoorQueue, ClosingTellsThoseThatStillWait) {
  DoorQueue queue;
  queue.open(Offset{0});
  DoorChunk chunk = chunk_of({"a"});
  int answers = 0;
  chunk.acknowledge = [&](const Result<DoorReceipt>& receipt) {
    ++answers;
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().kind, ErrorKind::Unavailable);
  };
  ASSERT_EQ(queue.offer(chunk), DoorQueue::Offer::Taken);
  queue.close();
  queue.close();
  queue.stored(Offset{1});
  EXPECT_EQ(answers, 1);
}

TEST(DoorQueue, ACutMessageKeepsItsLengthAndHash) {
  DoorQueue queue;
  queue.open(Offset{0});
  DoorChunk chunk = chunk_of({"a", "prefix", "b"});
  chunk.cuts.push_back({1, 5'000, sha256("all of it")});
  ASSERT_EQ(queue.offer(chunk), DoorQueue::Offer::Taken);
  MessageBatch batch;
  BatchWriter writer({});
  ASSERT_TRUE(queue.take(batch, writer, 0ms));
  ASSERT_EQ(batch.messages.size(), 3U);
  EXPECT_FALSE(batch.messages[0].truncated);
  EXPECT_TRUE(batch.messages[1].truncated);
  EXPECT_EQ(batch.messages[1].length, 5'000U);
  EXPECT_EQ(batch.messages[1].hash, sha256("all of it"));
  EXPECT_FALSE(batch.messages[2].truncated);
}

TEST(DoorSource, GoesOnAtTheStoredPositionAndEndsWhenItsQueueDoes) {
  const SystemClock clock;
  auto queue = std::make_shared<DoorQueue>();
  auto stats = std::make_shared<DoorStats>();
  const SourcePartition partition{SourceName{"agents"}, TopicName{"http:agents"}, 0};
  auto source = make_door_source({partition.source, partition.topic, {}}, queue, stats, nullptr, clock);
  EXPECT_EQ(source->name(), partition.source);
  SourcePosition position;
  position.next = Offset{100};
  position.incarnation = 3;
  ASSERT_TRUE(source->start({{partition, position}}));
  MessageBatch batch;
  EXPECT_EQ(source->next(batch, 0ms).value(), Source::Next::Idle);
  DoorChunk chunk = chunk_of({"a"});
  ASSERT_EQ(queue->offer(chunk), DoorQueue::Offer::Taken);
  ASSERT_EQ(source->next(batch, 0ms).value(), Source::Next::Batch);
  EXPECT_EQ(batch.partition, partition);
  EXPECT_EQ(batch.incarnation, 3U);
  EXPECT_EQ(batch.start.value, 100U);
  queue->end();
  EXPECT_EQ(source->next(batch, 0ms).value(), Source::Next::End);
}

TEST(DoorSource, SaysWhatWasTurnedAwayAndLost) {
  const SystemClock clock;
  auto stats = std::make_shared<DoorStats>();
  auto source = make_door_source({SourceName{"s"}, TopicName{"syslog:s"}, {}}, std::make_shared<DoorQueue>(),
                                 stats, nullptr, clock);
  EXPECT_TRUE(source->take_warnings().empty());
  stats->dropped += 3;
  stats->refuse(DoorRefusal::Framing, "192.0.2.1 (byte 0x0a)");
  stats->refuse(DoorRefusal::Framing, "192.0.2.2 (byte 0x0b)");
  const auto warnings = source->take_warnings();
  ASSERT_EQ(warnings.size(), 2U);
  EXPECT_THAT(warnings[0], HasSubstr("syslog:s: 2 connections ended"));
  EXPECT_THAT(warnings[0], HasSubstr("192.0.2.2 (byte 0x0b)"));
  EXPECT_THAT(warnings[1], HasSubstr("3 datagrams are lost"));
  stats->dropped += 1;
  EXPECT_TRUE(source->take_warnings().empty()) << "a flood is one line in ten seconds";
}

struct Body {
  std::string text;
  bool lines;
  std::vector<std::string> messages;
};

TEST(EventBody, IsCutLikeAFile) {
  const std::vector<Body> bodies{
      {"{\"a\":1}\n{\"b\":2}\n", true, {"{\"a\":1}", "{\"b\":2}"}},
      {"{\"a\":1}\r\n\r\n \n{\"b\":2}", true, {"{\"a\":1}", "{\"b\":2}"}},
      {"\xEF\xBB\xBFx\n", true, {"x"}},
      {"[1,2]\n", true, {"[1,2]"}},
      {"broken {\n{\"b\":2}\n", true, {"broken {", "{\"b\":2}"}},
      {"[{\"a\":1}, {\"b\":\n2}]", false, {"{\"a\":1}", "{\"b\":\n2}"}},
      {"{\"a\":\n1}", false, {"{\"a\":\n1}"}},
      {"{\"a\":1}\n{\"b\":2}", false, {"{\"a\":1}", "{\"b\":2}"}},
      {"{\"a\":1", false, {"{\"a\":1"}},
      {" \n [ {\"a\":1} ", false, {"{\"a\":1}"}},
  };
  for (const Body& body : bodies) {
    SCOPED_TRACE(body.text);
    const auto chunk = cut_event_body({body.text, body.lines, false});
    ASSERT_TRUE(chunk) << chunk.error().message;
    std::vector<std::string> messages;
    for (const DoorMessage& message : chunk->messages)
      messages.push_back(chunk->bytes.substr(message.begin, message.size));
    EXPECT_EQ(messages, body.messages);
  }
}

TEST(EventBody, EachRefusalHasItsKind) {
  const auto kind_of = [](std::string text, bool lines, bool gzip) {
    const auto chunk = cut_event_body({std::move(text), lines, gzip});
    return chunk ? std::string("none") : std::string(to_string(chunk.error().kind));
  };
  const std::string invalid(to_string(ErrorKind::InvalidArgument));
  const std::string limit(to_string(ErrorKind::LimitExceeded));
  const std::string malformed(to_string(ErrorKind::Malformed));
  EXPECT_EQ(kind_of("\n \r\n", true, false), invalid);
  EXPECT_EQ(kind_of("[]", false, false), invalid);
  EXPECT_EQ(kind_of("{}", true, true), malformed);
  EXPECT_EQ(kind_of("\x1f\x8b\x08", true, true), malformed);
  std::string many;
  for (std::size_t i = 0; i <= kDoorChunkMessagesMax; ++i) many += "1\n";
  EXPECT_EQ(kind_of(many, true, false), limit);
  EXPECT_EQ(kind_of(std::string(kDoorChunkBytesMax + 1, '1'), true, false), limit);
}

}  // namespace
}  // namespace countersign
