// SPDX-License-Identifier: Apache-2.0
#include "tests/kafka/kafka_tool.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <stdexcept>

#include <librdkafka/rdkafka.h>

namespace countersign {
namespace {

constexpr int kWaitMs = 60'000;
constexpr int kMessageBytesMax = 60'000'000;

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr)
    throw std::runtime_error(std::string(name) + " is not set: run_kafka_source_test.py does");
  return value;
}

void require(rd_kafka_resp_err_t code, const std::string& what) {
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(what + ": " + rd_kafka_err2str(code));
}

void require(rd_kafka_error_t* error, const std::string& what) {
  if (error == nullptr) return;
  const std::string text = what + ": " + rd_kafka_error_string(error);
  rd_kafka_error_destroy(error);
  throw std::runtime_error(text);
}

template <class T>
using Holder = std::unique_ptr<T, void (*)(T*)>;

Holder<rd_kafka_t> make_producer(const std::string& transactional_id = "") {
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  std::array<char, 512> text{};
  const auto set = [&](const char* name, const std::string& value) {
    if (rd_kafka_conf_set(conf, name, value.c_str(), text.data(), text.size()) != RD_KAFKA_CONF_OK)
      throw std::runtime_error(text.data());
  };
  set("bootstrap.servers", kafka_bootstrap());
  set("message.max.bytes", std::to_string(kMessageBytesMax));
  set("reconnect.backoff.max.ms", "500");
  // A batch that is sent again, as right after a topic was made, must not land behind a later one.
  set("enable.idempotence", "true");
  if (!transactional_id.empty()) set("transactional.id", transactional_id);
  rd_kafka_conf_set_log_cb(conf, nullptr);
  rd_kafka_t* const producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text.data(), text.size());
  if (producer == nullptr) throw std::runtime_error(text.data());
  return {producer, rd_kafka_destroy};
}

void send(rd_kafka_t* producer, const std::string& topic, std::int32_t partition,
          const std::vector<KafkaValue>& values) {
  const Holder<rd_kafka_topic_t> handle(rd_kafka_topic_new(producer, topic.c_str(), nullptr),
                                        rd_kafka_topic_destroy);
  for (const KafkaValue& value : values) {
    // An empty value needs an address, else it is null. The bytes are copied, never written to.
    char* const bytes = value ? const_cast<char*>(value->data()) : nullptr;
    if (rd_kafka_produce(handle.get(), partition, RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_BLOCK, bytes,
                         value ? value->size() : 0, nullptr, 0, nullptr) != 0)
      require(rd_kafka_last_error(), "produce to " + topic);
  }
  require(rd_kafka_flush(producer, kWaitMs), "flush to " + topic);
}

/// Sends one administrative request and waits for its result; `code_of` finds the error in the event.
void administer(
    const std::string& what,
    const std::function<void(rd_kafka_t*, const rd_kafka_AdminOptions_t*, rd_kafka_queue_t*)>& ask,
    const std::function<rd_kafka_resp_err_t(rd_kafka_event_t*)>& code_of) {
  const Holder<rd_kafka_t> client = make_producer();
  const Holder<rd_kafka_queue_t> queue(rd_kafka_queue_new(client.get()), rd_kafka_queue_destroy);
  const Holder<rd_kafka_AdminOptions_t> options(
      rd_kafka_AdminOptions_new(client.get(), RD_KAFKA_ADMIN_OP_ANY), rd_kafka_AdminOptions_destroy);
  std::array<char, 512> text{};
  require(rd_kafka_AdminOptions_set_operation_timeout(options.get(), kWaitMs / 2, text.data(), text.size()),
          what);
  ask(client.get(), options.get(), queue.get());
  const Holder<rd_kafka_event_t> event(rd_kafka_queue_poll(queue.get(), kWaitMs), rd_kafka_event_destroy);
  if (!event) throw std::runtime_error(what + ": no answer");
  require(rd_kafka_event_error(event.get()), what);
  require(code_of(event.get()), what);
}

/// The error of the only topic in a result; `topics_of` is librdkafka's function for that kind of result.
template <class Result>
rd_kafka_resp_err_t topic_error(const Result* result,
                                const rd_kafka_topic_result_t** (*topics_of)(const Result*, std::size_t*)) {
  std::size_t count = 0;
  const rd_kafka_topic_result_t** const topics = topics_of(result, &count);
  return count == 1 ? rd_kafka_topic_result_error(topics[0]) : RD_KAFKA_RESP_ERR__BAD_MSG;
}

void control(const std::string& command) {
  const int to = std::stoi(variable("COUNTERSIGN_KAFKA_CONTROL_TO"));
  const int from = std::stoi(variable("COUNTERSIGN_KAFKA_CONTROL_FROM"));
  static std::FILE* const out = ::fdopen(to, "w");
  static std::FILE* const in = ::fdopen(from, "r");
  std::array<char, 64> answer{};
  if (std::fprintf(out, "%s\n", command.c_str()) < 0 || std::fflush(out) != 0 ||
      std::fgets(answer.data(), answer.size(), in) == nullptr || std::string(answer.data()) != "ok\n")
    throw std::runtime_error("the runner could not: " + command);
}

}  // namespace

std::string kafka_bootstrap() { return variable("COUNTERSIGN_KAFKA_BOOTSTRAP"); }

void create_topic(const std::string& topic, int partitions) {
  std::array<char, 512> text{};
  const Holder<rd_kafka_NewTopic_t> made(
      rd_kafka_NewTopic_new(topic.c_str(), partitions, 1, text.data(), text.size()),
      rd_kafka_NewTopic_destroy);
  require(
      rd_kafka_NewTopic_set_config(made.get(), "max.message.bytes", std::to_string(kMessageBytesMax).c_str()),
      "create " + topic);
  administer(
      "create " + topic,
      [&](rd_kafka_t* client, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
        rd_kafka_NewTopic_t* topics[] = {made.get()};
        rd_kafka_CreateTopics(client, topics, 1, options, queue);
      },
      [](rd_kafka_event_t* event) {
        return topic_error(rd_kafka_event_CreateTopics_result(event), rd_kafka_CreateTopics_result_topics);
      });
}

void delete_topic(const std::string& topic) {
  const Holder<rd_kafka_DeleteTopic_t> gone(rd_kafka_DeleteTopic_new(topic.c_str()),
                                            rd_kafka_DeleteTopic_destroy);
  administer(
      "delete " + topic,
      [&](rd_kafka_t* client, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
        rd_kafka_DeleteTopic_t* topics[] = {gone.get()};
        rd_kafka_DeleteTopics(client, topics, 1, options, queue);
      },
      [](rd_kafka_event_t* event) {
        return topic_error(rd_kafka_event_DeleteTopics_result(event), rd_kafka_DeleteTopics_result_topics);
      });
}

void add_partitions(const std::string& topic, int partitions) {
  std::array<char, 512> text{};
  const Holder<rd_kafka_NewPartitions_t> more(
      rd_kafka_NewPartitions_new(topic.c_str(), static_cast<std::size_t>(partitions), text.data(),
                                 text.size()),
      rd_kafka_NewPartitions_destroy);
  administer(
      "add partitions to " + topic,
      [&](rd_kafka_t* client, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
        rd_kafka_NewPartitions_t* all[] = {more.get()};
        rd_kafka_CreatePartitions(client, all, 1, options, queue);
      },
      [](rd_kafka_event_t* event) {
        return topic_error(rd_kafka_event_CreatePartitions_result(event),
                           rd_kafka_CreatePartitions_result_topics);
      });
}

void delete_records(const std::string& topic, std::int32_t partition, std::int64_t offset) {
  const Holder<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(1),
                                                     rd_kafka_topic_partition_list_destroy);
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = offset;
  const Holder<rd_kafka_DeleteRecords_t> records(rd_kafka_DeleteRecords_new(list.get()),
                                                 rd_kafka_DeleteRecords_destroy);
  administer(
      "delete records of " + topic,
      [&](rd_kafka_t* client, const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
        rd_kafka_DeleteRecords_t* all[] = {records.get()};
        rd_kafka_DeleteRecords(client, all, 1, options, queue);
      },
      [](rd_kafka_event_t* event) {
        const auto* const result = rd_kafka_event_DeleteRecords_result(event);
        return rd_kafka_DeleteRecords_result_offsets(result)->elems[0].err;
      });
}

void produce(const std::string& topic, std::int32_t partition, const std::vector<KafkaValue>& values) {
  const Holder<rd_kafka_t> producer = make_producer();
  send(producer.get(), topic, partition, values);
}

void produce_transaction(const std::string& topic, std::int32_t partition,
                         const std::vector<KafkaValue>& values, Outcome outcome) {
  const Holder<rd_kafka_t> producer = make_producer("countersign-test-" + topic);
  require(rd_kafka_init_transactions(producer.get(), kWaitMs), "init transactions");
  require(rd_kafka_begin_transaction(producer.get()), "begin transaction");
  send(producer.get(), topic, partition, values);
  if (outcome == Outcome::Committed)
    require(rd_kafka_commit_transaction(producer.get(), kWaitMs), "commit transaction");
  else
    require(rd_kafka_abort_transaction(producer.get(), kWaitMs), "abort transaction");
}

void kill_broker() { control("kill"); }
void start_broker() { control("start"); }

}  // namespace countersign
