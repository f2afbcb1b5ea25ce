// SPDX-License-Identifier: Apache-2.0
// What decoding gives, copied out of the event so that tests can look at it afterwards.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/log_source.h"
#include "core/message.h"
#include "ingest/event_decoder.h"
#include "ingest/pack_set.h"

namespace countersign::testing {

struct SeenField {
  std::string name;
  ValueType type = ValueType::Null;
  std::string text;
  std::uint16_t depth = 0;
  bool alias = false;
  bool operator==(const SeenField&) const = default;
};

struct SeenEvent {
  std::uint32_t index = 0;
  std::string pack;
  std::vector<LogSource> log_sources;
  std::vector<std::string> group_by;
  std::vector<SeenField> fields;
  Timestamp time{};
  TimeSource time_source = TimeSource::Ingestion;
  bool skewed = false;
  std::string raw;

  /// Texts of the values that a lookup of `name` finds, joined with `|`; `<none>` without the field.
  std::string value(std::string_view name) const;
  bool belongs_to(const LogSource& rule) const;
};

struct Decoded {
  bool parsed = false;
  std::vector<SeenEvent> events;
  std::vector<DeadLetter> dead_letters;
};

/// 2026-01-02T03:04:05Z, the time of ingestion in all decoding tests, and a minute before it.
inline constexpr Timestamp kNow{std::chrono::seconds{1'767'323'045}};
inline constexpr Timestamp kAppended = kNow - std::chrono::minutes{1};

std::shared_ptr<const PackSet> shipped_packs();
/// Packs from texts that must have no finding.
std::shared_ptr<const PackSet> packs_of(const std::vector<std::string>& texts);

Decoded decode(std::string_view text, const std::shared_ptr<const PackSet>& packs = shipped_packs(),
               const EventDecoderOptions& options = {}, const std::string& topic = "test");
Decoded decode(const Message& message, const std::shared_ptr<const PackSet>& packs = shipped_packs(),
               const EventDecoderOptions& options = {}, const std::string& topic = "test");

SeenField seen(const Field& field);

/// `product/category/service` of each log source, sorted, joined with a blank.
std::string to_text(const std::vector<LogSource>& log_sources);

}  // namespace countersign::testing
