// SPDX-License-Identifier: Apache-2.0
#include "review-api/letter_json.h"

#include <algorithm>
#include <boost/json.hpp>

#include "review-api/utf8.h"

namespace countersign {
namespace {

namespace json = boost::json;

std::string_view to_string(TimeSource source) {
  switch (source) {
    case TimeSource::Event: return "event";
    case TimeSource::Record: return "record";
    case TimeSource::Ingestion: return "ingestion";
  }
  return "";
}

json::value index_of(const std::optional<std::uint32_t>& index) {
  return index ? json::value(*index) : json::value(nullptr);
}

json::value last_replay(const DeadLetterRow& row, Names& names) {
  if (!row.status) return nullptr;
  const LetterStatus& status = *row.status;
  const bool failed = status.state == LetterState::Dead;
  return json::object{
      {"replay", status.replay.value},
      {"at", format_rfc3339_millis(status.changed)},
      {"actor", actor_to_json(status.actor, names)},
      {"reason", failed ? json::value(valid_utf8(status.reason)) : json::value(nullptr)},
      {"message", failed ? json::value(valid_utf8(status.message)) : json::value(nullptr)},
  };
}

json::object event_to_json(const LetterExplanation::Event& event) {
  json::array sources;
  for (const LogSource& source : event.log_sources) {
    sources.push_back(json::object{
        {"product", source.product}, {"category", source.category}, {"service", source.service}});
  }
  json::array fields;
  for (const auto& [name, value] : event.fields) {
    fields.push_back(json::object{{"field", valid_utf8(name)}, {"value", valid_utf8(value)}});
  }
  return {
      {"index", event.index},
      {"pack", valid_utf8(event.pack)},
      {"log_sources", std::move(sources)},
      {"time", format_rfc3339_millis(event.time)},
      {"time_source", to_string(event.time_source)},
      {"fields", std::move(fields)},
      {"fields_total", event.fields_total},
  };
}

}  // namespace

json::object letter_to_json(const DeadLetterRow& row, Names& names) {
  const StoredDeadLetter& stored = row.stored;
  const DeadLetter& letter = stored.letter;
  json::object out{
      {"number", stored.number},
      {"source", valid_utf8(stored.partition.source.value)},
      {"origin", valid_utf8(stored.origin.value)},
      {"topic", valid_utf8(stored.partition.topic.value)},
      {"partition", stored.partition.partition},
      {"incarnation", stored.incarnation},
      {"offset", letter.offset.value},
      {"index", index_of(letter.index)},
      {"reason", valid_utf8(letter.reason)},
      {"message", valid_utf8(letter.message)},
      {"length", letter.length},
      {"hash", to_hex(letter.hash)},
      {"appended_at", format_rfc3339_millis(letter.append_time)},
      {"stored_at", format_rfc3339_millis(stored.stored)},
      {"state", to_string(row.state())},
      {"failures", row.status ? row.status->failures : 0},
      {"last_replay", last_replay(row, names)},
      {"kept_bytes", letter.bytes.size()},
      {"shown_bytes", std::min(letter.bytes.size(), kLetterShownBytes)},
  };
  add_bytes(std::string_view(letter.bytes).substr(0, kLetterShownBytes), out);
  return out;
}

json::object explanation_to_json(const LetterExplanation& explanation) {
  json::array events;
  for (const LetterExplanation::Event& event : explanation.events) events.push_back(event_to_json(event));
  json::array failures;
  for (const LetterExplanation::Failure& failure : explanation.failures) {
    failures.push_back(json::object{{"index", index_of(failure.index)},
                                    {"reason", valid_utf8(failure.reason)},
                                    {"message", valid_utf8(failure.message)}});
  }
  json::array steps;
  for (const std::string& step : explanation.steps) steps.emplace_back(valid_utf8(step));
  json::array near;
  for (const LetterExplanation::Near& shape : explanation.near) {
    near.push_back(json::object{{"pack", valid_utf8(shape.pack)},
                                {"shape", valid_utf8(shape.shape)},
                                {"reason", valid_utf8(shape.reason)}});
  }
  return {
      {"packs", to_hex(explanation.packs)}, {"decodes", explanation.decodes},
      {"steps", std::move(steps)},          {"near", std::move(near)},
      {"events", std::move(events)},        {"events_total", explanation.events_total},
      {"failures", std::move(failures)},    {"failures_total", explanation.failures_total},
  };
}

json::object replay_to_json(const ReplayRecord& replay, Names& names) {
  return {
      {"replay", replay.entry.value},
      {"source", replay_source(replay.entry).value},
      {"actor", actor_to_json(replay.actor, names)},
      {"letters", replay.letters()},
      {"decoded", replay.decoded},
      {"failed", replay.failed},
      {"began_at", format_rfc3339_millis(replay.began)},
      {"finished_at", to_json(replay.finished)},
  };
}

}  // namespace countersign
