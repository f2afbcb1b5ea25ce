// SPDX-License-Identifier: Apache-2.0
// The other side of a Kafka test: writes records, makes, deletes and trims topics, stops and starts the
// broker. Each function waits until the broker has done it and throws std::runtime_error when it has not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace countersign {

/// From the environment that run_kafka_source_test.py sets.
std::string kafka_bootstrap();

void create_topic(const std::string& topic, int partitions = 1);
void delete_topic(const std::string& topic);
void add_partitions(const std::string& topic, int partitions);
/// Deletes the records below `offset`.
void delete_records(const std::string& topic, std::int32_t partition, std::int64_t offset);

/// Empty optional: a record with a null value.
using KafkaValue = std::optional<std::string>;
void produce(const std::string& topic, std::int32_t partition, const std::vector<KafkaValue>& values);

enum class Outcome : std::uint8_t { Committed, Aborted };
/// The values in one transaction.
void produce_transaction(const std::string& topic, std::int32_t partition,
                         const std::vector<KafkaValue>& values, Outcome outcome);

void kill_broker();
void start_broker();

}  // namespace countersign
