// SPDX-License-Identifier: Apache-2.0
// One topic read through librdkafka, without group membership: partitions are assigned by hand, nothing is
// committed. The only file of the sources that calls librdkafka. One thread uses a client; librdkafka's own
// threads only fill its queues. Records must be destroyed before the client.
//
// Written for librdkafka 2.0.2 (Debian 12) and meant to run with newer ones. Group functions need a group id
// even for partitions assigned by hand; the group is never joined and needs no permission on the broker.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/limits.h"
#include "core/result.h"
#include "core/time.h"

struct rd_kafka_message_s;  // librdkafka's

namespace countersign {

/// How to reach the brokers: the settings `kafka.…` of the same names. Empty values count as not set.
struct KafkaConnection {
  std::string brokers;             // `host:port`, separated by commas
  std::string security_protocol;   // plaintext, ssl, sasl_plaintext, sasl_ssl
  std::string sasl_mechanism;      // PLAIN, SCRAM-SHA-256, SCRAM-SHA-512; only with a `sasl_…` protocol
  std::string sasl_username;       // likewise
  std::string sasl_password_file;  // likewise; one line
  std::string ssl_ca_file;         // PEM, as the next two
  std::string ssl_certificate_file;
  std::string ssl_key_file;
  /// Memory for records that were fetched ahead. 2.0.2 pauses fetching for a second whenever it is full, so
  /// it should hold more than a second's worth: 64 MiB gave 0.24 M, 256 MiB 0.3 M, 1 GB 0.6 M records of 0.9
  /// kB a second (loaded machine, 2 cores, broker beside).
  std::size_t prefetch_bytes = 256 * kMiB;
};

/// Something that librdkafka delivered for a partition.
struct KafkaRecord {
  enum class Kind : std::uint8_t {
    Message,
    PartitionEnd,  // everything below `offset` was delivered or never will be
    OutOfRange,    // the broker does not have the offset that was asked for; the partition stands still
  };
  struct Free {
    void operator()(rd_kafka_message_s* message) const;
  };

  Kind kind = Kind::Message;
  std::int32_t partition = 0;
  std::uint64_t offset = 0;
  std::string_view bytes;  // of the value; valid while the record lives
  bool null = false;
  bool has_time = false;
  Timestamp time{};
  std::unique_ptr<rd_kafka_message_s, Free> owner;  // keeps librdkafka's whole fetch buffer: let go soon
};

/// Offsets that the broker has: [low, high); high is the end of committed transactions.
struct KafkaWatermarks {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

class KafkaClient {
 public:
  /// Connects in the background. Errors: InvalidArgument (a setting), NotFound, Denied (a file that a setting
  /// names).
  static Result<std::unique_ptr<KafkaClient>> create(const KafkaConnection& connection,
                                                     const std::string& topic);
  ~KafkaClient();

  /// Errors: NotFound (no such topic), Denied, Unavailable (no broker answered within `wait`).
  Result<std::vector<std::int32_t>> partitions(std::chrono::milliseconds wait);
  /// Asks the partition's leader. Errors: Unavailable.
  Result<KafkaWatermarks> watermarks(std::int32_t partition, std::chrono::milliseconds wait);
  /// The first offset whose record is as late as `time`; nothing when there is none. Errors: Unavailable.
  Result<std::optional<std::uint64_t>> offset_at(std::int32_t partition, Timestamp time,
                                                 std::chrono::milliseconds wait);
  /// The last known end of the partition, -1 when nothing is known. Asks nobody.
  std::int64_t known_end(std::int32_t partition) const;

  /// Begins to read a partition that is not being read. Errors: Internal.
  Result<void> assign(std::int32_t partition, std::uint64_t offset);
  /// Ends it; records that are on their way are dropped. Errors: Internal.
  Result<void> unassign(std::int32_t partition);

  /// Appends what is there, in order per partition, at most `records_max`; waits for the first.
  void consume(std::vector<KafkaRecord>& records, std::size_t records_max, std::chrono::milliseconds wait);

  /// What librdkafka complained about since the last call; the same complaint at most once a minute.
  std::vector<std::string> take_problems();

 private:
  struct Impl;
  explicit KafkaClient(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Version of librdkafka that runs, as `2.0.2`.
std::string kafka_library_version();

}  // namespace countersign
