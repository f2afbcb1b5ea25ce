// SPDX-License-Identifier: Apache-2.0
// Instants and their text. Pure; any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace countersign {

/// An instant in UTC, in nanoseconds since 1970-01-01; range 1677 to 2262.
using Timestamp = std::chrono::sys_time<std::chrono::nanoseconds>;

/// RFC 3339 in UTC with `Z` and exactly six digits of second fraction; nanoseconds are cut off.
std::string format_rfc3339_micros(Timestamp time);
/// RFC 3339 in UTC with `Z` and exactly three digits of second fraction.
std::string format_rfc3339_millis(Timestamp time);

/// RFC 3339 as written by shippers: `T` or one space between date and time, fraction of 0 to 9 digits (more
/// are cut off), zone `Z`, `+hh:mm` or `+hhmm`; a missing zone counts as UTC. Empty when `text` is anything
/// else, or outside the range of Timestamp.
std::optional<Timestamp> parse_rfc3339(std::string_view text);

/// Microseconds since 1970 and back, as stored messages hold times.
std::int64_t to_micros(Timestamp time);
Timestamp from_micros(std::int64_t micros);

}  // namespace countersign
