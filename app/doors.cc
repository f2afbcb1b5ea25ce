// SPDX-License-Identifier: Apache-2.0
#include "app/doors.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ingest/door_source.h"
#include "ingest/event_body.h"
#include "ingest/pipeline.h"
#include "ingest/syslog_listener.h"

namespace countersign {
namespace {

using Done = EventAccess::Done;
using DoorList = std::vector<std::shared_ptr<Door>>;

void refuse(const Done& done, ErrorKind kind, std::string message) {
  done(failure(kind, std::move(message)));
}

SyslogListenerOptions listener_options(const SourceSpec& spec, std::size_t bytes_max) {
  SyslogListenerOptions options;
  options.address = spec.address;
  options.port = spec.port;
  options.limits = spec.limits;
  // What is longer is a dead letter in any case: it need not be held whole for each connection.
  options.kept.max = bytes_max;
  options.kept.prefix = std::min(kDeadLetterPrefixBytes, options.kept.max);
  options.certificate = spec.certificate;
  options.key = spec.key;
  options.authorities = spec.authorities;
  return options;
}

Result<std::shared_ptr<Door>> choose(const DoorList& doors, const std::string& name) {
  std::vector<std::string_view> names;
  for (const auto& door : doors) {
    if (door->name == name) return door;
    names.push_back(door->name);
  }
  if (name.empty() && doors.size() == 1) return doors.front();
  const bool named = !name.empty();
  return failure(
      named ? ErrorKind::NotFound : ErrorKind::InvalidArgument,
      fmt::format("{}; add ?source= with one of: {}",
                  named ? "no such source" : "several sources take events", fmt::join(names, ", ")));
}

void send(const std::shared_ptr<Door>& door, EventBatch batch, const Clock& clock, Done done) {
  if (door->pipeline->state() != Pipeline::State::Running)
    return refuse(done, ErrorKind::Unavailable, "the source has stopped; the operator's log says why");
  // Nothing is acknowledged before there is room on the disk: the client keeps its events and comes again.
  if (door->pipeline->paused()) {
    door->stats->refuse(DoorRefusal::QueueFull);
    return refuse(done, ErrorKind::Unavailable, "the store takes nothing now: the disk is nearly full");
  }
  auto chunk = cut_event_body({std::move(batch.body), batch.lines, batch.gzip});
  if (!chunk) {
    door->stats->refuse(DoorRefusal::Body, chunk.error().message);
    return done(failure(chunk.error()));
  }
  chunk->received = clock.now();
  chunk->acknowledge = [done, name = door->name](const Result<DoorReceipt>& receipt) {
    if (!receipt) return done(failure(receipt.error()));
    done(EventReceipt{name, receipt->end.value - receipt->first.value, receipt->first.value,
                      receipt->end.value - 1});
  };
  switch (door->queue->offer(*chunk)) {
    case DoorQueue::Offer::Taken: return;
    case DoorQueue::Offer::Full:
      door->stats->refuse(DoorRefusal::QueueFull);
      return refuse(done, ErrorKind::Unavailable, "the queue of this source is full");
    case DoorQueue::Offer::Closed:
      return refuse(done, ErrorKind::Unavailable, "the program stops or has not started yet");
  }
}

}  // namespace

bool is_door(SourceKind kind) {
  switch (kind) {
    case SourceKind::File:
    case SourceKind::Stdin:
    case SourceKind::Kafka: return false;
    case SourceKind::Http:
    case SourceKind::SyslogTcp:
    case SourceKind::SyslogUdp:
    case SourceKind::SyslogTls: return true;
  }
  return false;
}

std::uint64_t message_bytes_max(const SourceSpec& spec, std::uint64_t setting) {
  if (!is_door(spec.kind) || spec.kind == SourceKind::Http) return setting;
  return std::min<std::uint64_t>(setting, kSyslogMessageBytesMax);
}

std::unique_ptr<Source> Doors::open(const SourceSpec& spec, std::uint64_t bytes_max, const Clock& clock) {
  auto door = std::make_shared<Door>();
  door->name = spec.name;
  door->kind = spec.kind;
  door->queue = std::make_shared<DoorQueue>();
  door->stats = std::make_shared<DoorStats>();
  DoorSourceOptions options;
  options.name = SourceName{spec.name};
  options.topic =
      TopicName{fmt::format("{}:{}", spec.kind == SourceKind::Http ? "http" : "syslog", spec.name)};
  const SyslogListenerOptions listening = listener_options(spec, bytes_max);
  std::unique_ptr<DoorListener> listener;
  if (spec.kind == SourceKind::SyslogTcp || spec.kind == SourceKind::SyslogTls) {
    listener = make_syslog_stream_listener(listening, *door->queue, *door->stats, clock);
    memory_max_ += spec.limits.connections_max * (2 * listening.kept.max + 2 * kSyslogReadBytes);
  }
  if (spec.kind == SourceKind::SyslogUdp)
    listener = make_syslog_datagram_listener(listening, *door->queue, *door->stats, clock);
  doors_.push_back(door);
  memory_max_ += DoorLimits{}.bytes_max + kDoorChunkBytesMax +
                 (DoorLimits{}.messages_max + kDoorChunkMessagesMax) * sizeof(DoorMessage);
  return make_door_source(std::move(options), door->queue, door->stats, std::move(listener), clock);
}

EventAccess Doors::access(const Clock& clock) const {
  DoorList doors;
  std::copy_if(doors_.begin(), doors_.end(), std::back_inserter(doors),
               [](const auto& door) { return door->kind == SourceKind::Http; });
  if (doors.empty()) return {};
  return {.send = [doors = std::move(doors), &clock](EventBatch batch, Done done) {
    const auto door = choose(doors, batch.source);
    if (!door) return done(failure(door.error()));
    send(*door, std::move(batch), clock, std::move(done));
  }};
}

void Doors::drain(std::chrono::milliseconds limit) {
  for (const auto& door : doors_) door->queue->end();
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (const auto& door : doors_) {
    const auto left = std::max(deadline - std::chrono::steady_clock::now(), std::chrono::nanoseconds{0});
    static_cast<void>(
        door->queue->wait_until_stored(std::chrono::duration_cast<std::chrono::milliseconds>(left)));
  }
}

void Doors::close() {
  for (const auto& door : doors_) door->queue->close();
}

}  // namespace countersign
