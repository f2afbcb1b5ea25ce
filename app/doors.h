// SPDX-License-Identifier: Apache-2.0
// The doors of `serve`: sources that clients send to, over HTTP (http:NAME) and syslog. Knows which are
// there, answers for the API's events, and empties them at the stop. open() is called by one thread before
// the API starts; access() may be used by any thread from then on until close().
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "ingest/door_queue.h"
#include "ingest/door_stats.h"
#include "ingest/source.h"
#include "ingest/source_spec.h"
#include "review-api/event_access.h"

namespace countersign {

class Pipeline;

struct Door {
  std::string name;
  SourceKind kind = SourceKind::Http;
  std::shared_ptr<DoorQueue> queue;
  std::shared_ptr<DoorStats> stats;
  const Pipeline* pipeline = nullptr;  // null until attach()
};

bool is_door(SourceKind kind);
/// What a message of this source may have: the setting, and for syslog not more than kSyslogMessageBytesMax.
std::uint64_t message_bytes_max(const SourceSpec& spec, std::uint64_t setting);

class Doors {
 public:
  /// Opens nothing yet: Source::start does. `message_bytes_max` is that of the source.
  std::unique_ptr<Source> open(const SourceSpec& spec, std::uint64_t message_bytes_max, const Clock& clock);
  /// The pipeline of the door that was opened last; it must outlive close().
  void attach(const Pipeline& pipeline) { doors_.back()->pipeline = &pipeline; }
  const Door& last() const { return *doors_.back(); }

  /// For the API; empty when there is no door for HTTP.
  EventAccess access(const Clock& clock) const;

  /// The most bytes that the queues and connections of all doors take.
  std::uint64_t memory_max() const { return memory_max_; }

  /// Nothing more comes in; waits at most `limit` until what came in is durable.
  void drain(std::chrono::milliseconds limit);
  /// What is not durable never will be, and its senders are told so.
  void close();

 private:
  std::vector<std::shared_ptr<Door>> doors_;
  std::uint64_t memory_max_ = 0;
};

}  // namespace countersign
