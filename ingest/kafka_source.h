// SPDX-License-Identifier: Apache-2.0
// All partitions of one Kafka topic as a Source. Positions come from the store and nothing is committed to
// Kafka. One thread drives it.
//
// - A broker that is down never ends the source: next() is Idle, take_warnings() says why.
// - Offsets that are skipped (control records, aborted transactions, compaction: a client cannot tell them
//   apart) become gaps NotDelivered; offsets below the log's start become gaps Retention.
// - A stored position beyond the end of the partition means that the topic was made anew: the next
//   incarnation begins at offset 0, with a warning. A new topic that has already grown beyond the position
//   is not noticed: librdkafka 2.0.2 does not show topic ids.
// - Messages before a stored position are read back for their keys when that is asked for: as many offsets
//   back as messages are wanted; when too few of them were messages (transactions, compaction), 4 and then
//   16 times as many. Messages of an earlier incarnation are not.
// - With a range: where it begins and ends in a partition is asked at each start, and a stored position goes
//   before its beginning. Offsets of it that were deleted are gaps Retention.
// - Partitions that are added to the topic later are read from their beginning.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "core/clock.h"
#include "core/result.h"
#include "ingest/batch_writer.h"
#include "ingest/kafka_client.h"
#include "ingest/kafka_range.h"
#include "ingest/kafka_stats.h"
#include "ingest/source.h"

namespace countersign {

/// Where a partition starts that the store has no position of. End: what it holds then is a gap
/// SkippedByOperator.
enum class KafkaStart : std::uint8_t { Beginning, End };

struct KafkaOptions {
  SourceName name;  // empty: the topic
  std::string topic;
  KafkaConnection connection;
  KafkaStart start = KafkaStart::Beginning;
  /// Only this is read, and then the source ends; `start` says nothing.
  std::optional<KafkaRange> range = {};
  BatchLimits limits;
  KeptBytes kept;
  std::chrono::milliseconds start_wait{10'000};  // start() waits this long for a broker, then next() goes on
  std::chrono::milliseconds discovery{60'000};   // how often it looks for new partitions
};

/// `clock` must outlive the source; it stands in for records without a timestamp. Errors: InvalidArgument (a
/// setting, also one that librdkafka refuses), NotFound, Denied (a file that a setting names). start() gives
/// NotFound when a broker says that there is no such topic; next() does when the first broker answers only
/// then.
Result<std::unique_ptr<Source>> open_kafka_source(const KafkaOptions& options, const Clock& clock,
                                                  std::shared_ptr<KafkaStats> stats);

}  // namespace countersign
