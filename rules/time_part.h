// SPDX-License-Identifier: Apache-2.0
// minute, hour, day, week, month, year of a date in an event, in UTC. Dates are read as RFC 3339 (with a
// space for T, without a zone, or the date alone), seconds, milliseconds, microseconds or nanoseconds since
// 1970, Windows FILETIME, `M/D/YYYY h:mm[:ss] [AM|PM]` and `/Date(milliseconds)/`. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>

#include "core/event.h"
#include "core/time.h"

namespace countersign {

enum class TimePart : std::uint8_t { Minute, Hour, Day, Week, Month, Year };

/// Day of the month from 1; ISO 8601 week from 1 to 53; month from 1.
std::int64_t part_of(Timestamp time, TimePart part);
/// The smallest and largest value that part_of gives.
struct PartRange {
  std::int64_t first;
  std::int64_t last;
};
PartRange range_of(TimePart part);

/// The date in a text or number; empty when it is none.
std::optional<Timestamp> date_of(const Value& value);

}  // namespace countersign
