// SPDX-License-Identifier: Apache-2.0
#include "ingest/kafka_client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "ingest/kafka_problem.h"
#include "ingest/posix.h"

namespace countersign {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kSameProblemAgain{60};
constexpr std::size_t kProblemsRemembered = 64;
constexpr std::size_t kErrorTextBytes = 512;  // librdkafka's own examples

/// Settings that are not the user's. Values that differ from the defaults of 2.0.2, or must not follow them.
constexpr std::pair<const char*, const char*> kSettings[] = {
    {"client.id", "countersign"},
    {"group.id", "countersign"},  // never joined
    {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"},
    {"auto.offset.reset", "error"},  // a jump would be silent loss
    {"isolation.level", "read_committed"},
    {"enable.partition.eof", "true"},  // closes ranges that end with control records
    {"allow.auto.create.topics", "false"},
    {"queued.min.messages", "300000"},  // each costs about 500 bytes besides its own
    {"fetch.wait.max.ms", "100"},
    {"fetch.message.max.bytes", "4194304"},
    // A record above this would stop its partition for ever; the broker's own limit is the real one.
    {"receive.message.max.bytes", "1000000000"},
    {"reconnect.backoff.max.ms", "2000"},
    {"socket.keepalive.enable", "true"},
};

struct FreeConf {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};
struct FreeClient {
  // Closing as a group member has nothing to do here, and may block in 2.0.2.
  void operator()(rd_kafka_t* client) const {
    rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  }
};
struct FreeQueue {
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
};
struct FreeTopic {
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
};
struct FreePartitions {
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
};
using Metadata = const struct rd_kafka_metadata;  // a function has the same name
struct FreeMetadata {
  void operator()(Metadata* metadata) const { rd_kafka_metadata_destroy(metadata); }
};
struct FreeError {
  void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
};
using ConfHolder = std::unique_ptr<rd_kafka_conf_t, FreeConf>;
using ErrorHolder = std::unique_ptr<rd_kafka_error_t, FreeError>;

Result<void> set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  std::array<char, kErrorTextBytes> text{};
  if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text.data(), text.size()) == RD_KAFKA_CONF_OK)
    return {};
  return failure(ErrorKind::InvalidArgument, fmt::format("kafka: {}", text.data()));
}

/// The first line of the file that the setting names.
Result<std::string> first_line(std::string_view setting, const std::string& path) {
  errno = 0;
  std::ifstream file(path);
  std::string line;
  if (std::getline(file, line)) {
    if (line.ends_with('\r')) line.pop_back();
    return line;
  }
  const ErrorKind kind = errno == ENOENT ? ErrorKind::NotFound : ErrorKind::Denied;
  return failure(kind, fmt::format("{}: {} {}", setting, path, errno == 0 ? "is empty" : errno_text()));
}

Result<void> set_sasl(rd_kafka_conf_t* conf, const KafkaConnection& connection) {
  if (connection.sasl_username.empty() || connection.sasl_password_file.empty()) {
    return failure(ErrorKind::InvalidArgument,
                   fmt::format("kafka.security_protocol {} needs kafka.sasl_username and "
                               "kafka.sasl_password_file",
                               connection.security_protocol));
  }
  const auto password = first_line("kafka.sasl_password_file", connection.sasl_password_file);
  if (!password) return failure(password.error());
  if (auto done = set(conf, "sasl.mechanism", connection.sasl_mechanism); !done) return done;
  if (auto done = set(conf, "sasl.username", connection.sasl_username); !done) return done;
  return set(conf, "sasl.password", *password);
}

Result<void> set_tls(rd_kafka_conf_t* conf, const KafkaConnection& connection) {
  if (connection.ssl_certificate_file.empty() != connection.ssl_key_file.empty()) {
    return failure(ErrorKind::InvalidArgument,
                   "kafka.ssl_certificate_file and kafka.ssl_key_file belong together: set both or neither");
  }
  struct File {
    std::string_view setting;
    const char* name;
    const std::string& path;
  };
  const File files[] = {
      {"kafka.ssl_ca_file", "ssl.ca.location", connection.ssl_ca_file},
      {"kafka.ssl_certificate_file", "ssl.certificate.location", connection.ssl_certificate_file},
      {"kafka.ssl_key_file", "ssl.key.location", connection.ssl_key_file}};
  for (const File& file : files) {
    if (file.path.empty()) continue;
    // librdkafka does not say what is wrong with a file that cannot be read.
    if (auto read = first_line(file.setting, file.path); !read) return failure(read.error());
    if (auto done = set(conf, file.name, file.path); !done) return done;
  }
  return {};
}

Result<ConfHolder> make_conf(const KafkaConnection& connection) {
  if (connection.brokers.empty()) return failure(ErrorKind::InvalidArgument, "kafka: no brokers are set");
  ConfHolder conf(rd_kafka_conf_new());
  for (const auto& [name, value] : kSettings)
    if (auto done = set(conf.get(), name, value); !done) return failure(done.error());
  if (auto done = set(conf.get(), "bootstrap.servers", connection.brokers); !done)
    return failure(done.error());
  const std::size_t prefetch = std::max<std::size_t>(connection.prefetch_bytes / kKiB, 1);
  if (auto done = set(conf.get(), "queued.max.messages.kbytes", std::to_string(prefetch)); !done)
    return failure(done.error());
  const std::string& protocol = connection.security_protocol;
  if (protocol.empty()) return conf;
  if (auto done = set(conf.get(), "security.protocol", protocol); !done) return failure(done.error());
  if (protocol.starts_with("sasl")) {
    if (auto done = set_sasl(conf.get(), connection); !done) return failure(done.error());
  }
  if (protocol.ends_with("ssl")) {
    if (auto done = set_tls(conf.get(), connection); !done) return failure(done.error());
  }
  return conf;
}

/// librdkafka before 2.6.1 sends the client nonce twice (librdkafka#4895), which Kafka 4 refuses.
bool scram_is_old(const KafkaConnection& connection) {
  constexpr int kFixed = 0x020601ff;
  return connection.sasl_mechanism.starts_with("SCRAM") && rd_kafka_version() < kFixed;
}

ErrorKind kind_of(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC: return ErrorKind::NotFound;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED: return ErrorKind::Denied;
    default: return ErrorKind::Unavailable;
  }
}

int to_ms(std::chrono::milliseconds wait) {
  return static_cast<int>(std::clamp<std::int64_t>(wait.count(), 0, 3'600'000));
}

}  // namespace

void KafkaRecord::Free::operator()(rd_kafka_message_s* message) const { rd_kafka_message_destroy(message); }

std::string kafka_library_version() { return rd_kafka_version_str(); }

struct KafkaClient::Impl {
  std::string topic;
  std::unique_ptr<rd_kafka_t, FreeClient> client;
  std::unique_ptr<rd_kafka_topic_t, FreeTopic> topic_handle;
  std::unique_ptr<rd_kafka_queue_t, FreeQueue> queue;
  std::vector<rd_kafka_message_t*> messages;  // of one consume()
  std::vector<std::string> problems;
  std::map<std::string, Clock::time_point> said;  // problem → when
  bool scram_is_old = false;

  void add_problem(std::string text) {
    const Clock::time_point now = Clock::now();
    const auto found = said.find(text);
    if (found != said.end() && now - found->second < kSameProblemAgain) return;
    if (said.size() >= kProblemsRemembered) said.clear();
    said[text] = now;
    problems.push_back(std::move(text));
  }

  static void on_error(rd_kafka_t* /*client*/, int code, const char* reason, void* opaque) {
    Impl& impl = *static_cast<Impl*>(opaque);
    const std::string text =
        fmt::format("{}: {}", rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(code)), reason);
    impl.add_problem(explain_kafka_problem(text, impl.scram_is_old));
  }

  std::unique_ptr<rd_kafka_topic_partition_list_t, FreePartitions> list(std::int32_t partition,
                                                                        std::int64_t offset) const {
    std::unique_ptr<rd_kafka_topic_partition_list_t, FreePartitions> made(
        rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(made.get(), topic.c_str(), partition)->offset = offset;
    return made;
  }

  /// Adds the record; problems of a partition become a text.
  void take(rd_kafka_message_t* message, std::vector<KafkaRecord>& records) {
    KafkaRecord record;
    record.owner.reset(message);
    record.partition = message->partition;
    record.offset = static_cast<std::uint64_t>(std::max<std::int64_t>(message->offset, 0));
    switch (message->err) {
      case RD_KAFKA_RESP_ERR_NO_ERROR: break;
      case RD_KAFKA_RESP_ERR__PARTITION_EOF: record.kind = KafkaRecord::Kind::PartitionEnd; break;
      case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
      case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE: record.kind = KafkaRecord::Kind::OutOfRange; break;
      default:
        add_problem(fmt::format("partition {}: {}", message->partition, rd_kafka_message_errstr(message)));
        return;
    }
    if (record.kind == KafkaRecord::Kind::Message) {
      record.null = message->payload == nullptr;
      if (!record.null) record.bytes = {static_cast<const char*>(message->payload), message->len};
      rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
      const std::int64_t millis = rd_kafka_message_timestamp(message, &type);
      record.has_time = type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE && millis >= 0;
      if (record.has_time) record.time = Timestamp{std::chrono::milliseconds{millis}};
    }
    records.push_back(std::move(record));
  }
};

KafkaClient::KafkaClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KafkaClient::~KafkaClient() = default;

Result<std::unique_ptr<KafkaClient>> KafkaClient::create(const KafkaConnection& connection,
                                                         const std::string& topic) {
  auto conf = make_conf(connection);
  if (!conf) return failure(conf.error());
  auto impl = std::make_unique<Impl>();
  impl->topic = topic;
  impl->scram_is_old = scram_is_old(connection);
  rd_kafka_conf_set_opaque(conf->get(), impl.get());
  rd_kafka_conf_set_error_cb(conf->get(), &Impl::on_error);
  rd_kafka_conf_set_log_cb(conf->get(), nullptr);  // what matters comes through the error callback
  std::array<char, kErrorTextBytes> text{};
  impl->client.reset(rd_kafka_new(RD_KAFKA_CONSUMER, conf->get(), text.data(), text.size()));
  if (!impl->client) return failure(ErrorKind::InvalidArgument, fmt::format("kafka: {}", text.data()));
  static_cast<void>(conf->release());  // the client owns it now
  if (rd_kafka_poll_set_consumer(impl->client.get()) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return failure(ErrorKind::Internal, "kafka: the consumer queue cannot be set up");
  impl->queue.reset(rd_kafka_queue_get_consumer(impl->client.get()));
  impl->topic_handle.reset(rd_kafka_topic_new(impl->client.get(), topic.c_str(), nullptr));
  if (!impl->queue || !impl->topic_handle)
    return failure(ErrorKind::Internal, "kafka: the consumer queue cannot be set up");
  return std::unique_ptr<KafkaClient>(new KafkaClient(std::move(impl)));
}

Result<std::vector<std::int32_t>> KafkaClient::partitions(std::chrono::milliseconds wait) {
  Metadata* raw = nullptr;
  const rd_kafka_resp_err_t code =
      rd_kafka_metadata(impl_->client.get(), 0, impl_->topic_handle.get(), &raw, to_ms(wait));
  const std::unique_ptr<Metadata, FreeMetadata> metadata(raw);
  const auto refuse = [&](rd_kafka_resp_err_t why) {
    return failure(kind_of(why), fmt::format("topic '{}': {}", impl_->topic, rd_kafka_err2str(why)));
  };
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return refuse(code);
  if (metadata->topic_cnt != 1) return refuse(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC);
  const rd_kafka_metadata_topic& topic = metadata->topics[0];
  if (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR) return refuse(topic.err);
  if (topic.partition_cnt == 0) return refuse(RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE);
  std::vector<std::int32_t> ids;
  for (int i = 0; i < topic.partition_cnt; ++i) ids.push_back(topic.partitions[i].id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

Result<KafkaWatermarks> KafkaClient::watermarks(std::int32_t partition, std::chrono::milliseconds wait) {
  std::int64_t low = 0;
  std::int64_t high = 0;
  const rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(impl_->client.get(), impl_->topic.c_str(),
                                                                    partition, &low, &high, to_ms(wait));
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR && low >= 0 && high >= low)
    return KafkaWatermarks{static_cast<std::uint64_t>(low), static_cast<std::uint64_t>(high)};
  return failure(ErrorKind::Unavailable, fmt::format("topic '{}' partition {}: no offsets: {}", impl_->topic,
                                                     partition, rd_kafka_err2str(code)));
}

Result<std::optional<std::uint64_t>> KafkaClient::offset_at(std::int32_t partition, Timestamp time,
                                                            std::chrono::milliseconds wait) {
  // Rounded up: a record's time is a number of milliseconds.
  const auto millis = std::chrono::ceil<std::chrono::milliseconds>(time.time_since_epoch()).count();
  const auto list = impl_->list(partition, std::max<std::int64_t>(millis, 0));
  rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(impl_->client.get(), list.get(), to_ms(wait));
  const rd_kafka_topic_partition_t& found = list->elems[0];
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) code = found.err;
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return failure(ErrorKind::Unavailable, fmt::format("topic '{}' partition {}: no offset of a time: {}",
                                                       impl_->topic, partition, rd_kafka_err2str(code)));
  if (found.offset < 0) return std::optional<std::uint64_t>{};
  return std::optional(static_cast<std::uint64_t>(found.offset));
}

std::int64_t KafkaClient::known_end(std::int32_t partition) const {
  std::int64_t low = 0;
  std::int64_t high = 0;
  const rd_kafka_resp_err_t code =
      rd_kafka_get_watermark_offsets(impl_->client.get(), impl_->topic.c_str(), partition, &low, &high);
  return code == RD_KAFKA_RESP_ERR_NO_ERROR ? std::max<std::int64_t>(high, -1) : -1;
}

Result<void> KafkaClient::assign(std::int32_t partition, std::uint64_t offset) {
  const auto list = impl_->list(partition, static_cast<std::int64_t>(offset));
  const ErrorHolder error(rd_kafka_incremental_assign(impl_->client.get(), list.get()));
  if (!error) return {};
  return failure(ErrorKind::Internal, fmt::format("topic '{}' partition {}: cannot assign: {}", impl_->topic,
                                                  partition, rd_kafka_error_string(error.get())));
}

Result<void> KafkaClient::unassign(std::int32_t partition) {
  const auto list = impl_->list(partition, RD_KAFKA_OFFSET_INVALID);
  const ErrorHolder error(rd_kafka_incremental_unassign(impl_->client.get(), list.get()));
  if (!error) return {};
  return failure(ErrorKind::Internal,
                 fmt::format("topic '{}' partition {}: cannot unassign: {}", impl_->topic, partition,
                             rd_kafka_error_string(error.get())));
}

void KafkaClient::consume(std::vector<KafkaRecord>& records, std::size_t records_max,
                          std::chrono::milliseconds wait) {
  std::vector<rd_kafka_message_t*>& messages = impl_->messages;
  messages.resize(records_max);
  // A batch call waits until it is full or the time is over: wait for one, then take what is there.
  ssize_t count = rd_kafka_consume_batch_queue(impl_->queue.get(), to_ms(wait), messages.data(), 1);
  if (count == 1 && records_max > 1) {
    const ssize_t more =
        rd_kafka_consume_batch_queue(impl_->queue.get(), 0, messages.data() + 1, records_max - 1);
    count += std::max<ssize_t>(more, 0);
  }
  for (ssize_t i = 0; i < count; ++i) impl_->take(messages[static_cast<std::size_t>(i)], records);
}

std::vector<std::string> KafkaClient::take_problems() { return std::exchange(impl_->problems, {}); }

}  // namespace countersign
