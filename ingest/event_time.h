// SPDX-License-Identifier: Apache-2.0
// The times that products write → Timestamp. Pure; any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "core/event.h"
#include "core/time.h"
#include "ingest/pack_program.h"

namespace countersign {

/// A decimal number of `unit`s since 1970 (digits, perhaps a fraction, no exponent). Empty: no such number,
/// or out of the range of Timestamp.
std::optional<Timestamp> parse_epoch(std::string_view text, std::chrono::nanoseconds unit);

/// The same with the unit that its size suggests: seconds below 10^11, milliseconds below 10^14, microseconds
/// below 10^17, else nanoseconds.
std::optional<Timestamp> parse_epoch(std::string_view text);

/// RFC 3339 as core/time.h reads it; a text without zone is in `zone`.
std::optional<Timestamp> parse_zoned(std::string_view text, const TimeZone& zone);

struct EventTime {
  std::optional<Timestamp> time;  // of the first rule that could be read
  bool present = false;           // a field of the rules is there, readable or not
  std::string_view
      field;  // the first field of the rule that could be read, else of the last one that is there
  std::string_view text;  // its value
};
/// Joined fields are written into the event's arena. `reference`: the record's time, from which the year of
/// times without one follows. `zone`: of times without one, where the rules do not know better.
EventTime read_event_time(Event& event, const TimeRules& rules, Timestamp reference,
                          const TimeZone& zone = {});

}  // namespace countersign
