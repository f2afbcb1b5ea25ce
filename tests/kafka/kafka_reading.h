// SPDX-License-Identifier: Apache-2.0
// A Kafka source read by a test, with the books of every batch checked. One thread.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "core/clock.h"
#include "ingest/kafka_source.h"
#include "tests/kafka/kafka_tool.h"

namespace countersign {

inline constexpr std::chrono::seconds kDeadline{60};

inline std::vector<KafkaValue> numbered(std::size_t from, std::size_t to) {
  std::vector<KafkaValue> values;
  for (std::size_t i = from; i < to; ++i) values.push_back("{\"n\":" + std::to_string(i) + "}");
  return values;
}

inline std::vector<std::string> texts(const std::vector<KafkaValue>& values) {
  std::vector<std::string> all;
  for (const KafkaValue& value : values) all.push_back(value.value());
  return all;
}

struct PartitionRead {
  std::vector<std::string> messages;
  std::vector<std::uint64_t> offsets;
  std::vector<Gap> gaps;
  std::vector<std::size_t> batch_sizes;
  std::optional<SourcePosition> position;
  std::size_t nulls = 0;
  std::uint64_t first = 0;          // start of the first batch of the incarnation
  std::vector<std::uint64_t> keys;  // offsets that were read back, as far as they follow on each other
};

/// A source and what it gave; checks the books of every batch.
class Reading {
 public:
  explicit Reading(const std::string& topic) {
    options.topic = topic;
    options.connection.brokers = kafka_bootstrap();
  }

  Result<void> start(const std::map<std::int32_t, SourcePosition>& positions = {}) {
    auto opened = open_kafka_source(options, clock, stats);
    if (!opened) return failure(opened.error());
    source = std::move(*opened);
    source->read_back(read_back);
    std::map<SourcePartition, SourcePosition> all;
    for (const auto& [partition, position] : positions)
      all[{source->name(), TopicName{options.topic}, partition}] = position;
    return source->start(all);
  }

  /// Reads until `done` holds; false after the deadline or an error.
  bool until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + kDeadline;
    MessageBatch batch;
    while (!done()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      const auto next = source->next(batch, std::chrono::milliseconds{50});
      for (std::string& warning : source->take_warnings()) warnings.push_back(std::move(warning));
      if (!next) error = next.error();
      if (error) return false;
      ended = *next == Source::Next::End;
      EXPECT_TRUE(!ended || options.range) << "a topic has no end";
      if (*next == Source::Next::Batch) take(batch);
    }
    return true;
  }

  bool until_position(std::int32_t partition, std::uint64_t offset) {
    return until([&] { return read[partition].position && read[partition].position->next.value >= offset; });
  }

  bool until_end() {
    return until([&] { return ended; });
  }

  void take(const MessageBatch& batch) {
    EXPECT_EQ(batch.partition.source, source->name());
    EXPECT_EQ(batch.partition.topic.value, options.topic);
    PartitionRead& partition = read[batch.partition.partition];
    if (batch.keys_only) {
      EXPECT_FALSE(partition.position) << "keys come first";
      EXPECT_THAT(batch.gaps, testing::IsEmpty());
      if (!partition.keys.empty() && batch.start.value <= partition.keys.back()) partition.keys.clear();
      for (const Message& message : batch.messages) partition.keys.push_back(message.offset.value);
      return;
    }
    const bool same = partition.position && partition.position->incarnation == batch.incarnation;
    if (same) {
      EXPECT_EQ(batch.start, partition.position->next);
    } else {
      partition.first = batch.start.value;
    }
    std::uint64_t covered = batch.messages.size();
    for (const Gap& gap : batch.gaps) {
      covered += gap.end.value - gap.start.value;
      partition.gaps.push_back(gap);
    }
    EXPECT_EQ(batch.end.value - batch.start.value, covered);
    EXPECT_GT(covered, 0U);
    for (const Message& message : batch.messages) {
      volatile const char padding = message.bytes.data()[message.bytes.size() + kMessagePaddingBytes - 1];
      static_cast<void>(padding);
      partition.nulls += message.null ? 1 : 0;
      EXPECT_EQ(message.line, 0U);
      partition.messages.emplace_back(message.bytes);
      partition.offsets.push_back(message.offset.value);
      last = message;
    }
    partition.batch_sizes.push_back(batch.messages.size());
    EXPECT_EQ(batch.cursor, "");
    partition.position = SourcePosition{batch.end, batch.incarnation, {}, batch.cursor};
    if (!storing) return;
    source->stored(batch.partition, batch.end,
                   batch.messages.empty() ? std::nullopt : std::optional(last.append_time));
  }

  std::uint64_t read_back = 0;
  bool ended = false;
  bool storing = true;  // says that what it took is durable
  KafkaOptions options;
  SystemClock clock;
  std::shared_ptr<KafkaStats> stats = std::make_shared<KafkaStats>();
  std::unique_ptr<Source> source;
  std::map<std::int32_t, PartitionRead> read;
  std::vector<std::string> warnings;
  std::optional<Error> error;
  Message last;  // its bytes are gone
};

inline auto is_gap(std::uint64_t start, std::uint64_t end, GapCause cause) {
  return testing::AllOf(testing::Field(&Gap::start, Offset{start}), testing::Field(&Gap::end, Offset{end}),
                        testing::Field(&Gap::cause, cause));
}

}  // namespace countersign
