// SPDX-License-Identifier: Apache-2.0
// Times by a pattern in the manner of strptime(3), without locale and in one pass; and the times of RFC 3164.
// We have our own because strptime wants a text that ends with a NUL, and knows neither fractions nor zones.
// Pure; any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"
#include "ingest/time_zone.h"

namespace countersign {

/// `+02:00`, `+0200`, `-05`, `Z`.
std::optional<std::chrono::minutes> parse_zone_offset(std::string_view text);

/// The first part of `pattern` that parse_time_pattern() does not know, such as `%Q`.
std::optional<std::string> unknown_time_directive(std::string_view pattern);

/// %Y year, %y of 2000 to 2068 or 1969 to 1999, %m, %b (English, short or long), %d or %e, %H, %I with %p,
/// %M, %S, %f fraction of the second (1 to 9 digits), %z zone (`Z`, `+02:00`, `+0200`), %s seconds since
/// 1970, %a a word (the day of the week, passed over), %% a percent sign; a blank stands for any number of
/// blanks, anything else for itself. A time without a zone is in `zone`. One without a year is of the last
/// year in which it is not more than a day after `reference`. Empty: the text is another, or no such time
/// exists.
std::optional<Timestamp> parse_time_pattern(std::string_view text, std::string_view pattern,
                                            const TimeZone& zone, Timestamp reference);

/// `Jan  2 03:04:05`, also with a year behind the day or in front, or with a fraction behind the second.
std::optional<Timestamp> parse_rfc3164(std::string_view text, const TimeZone& zone, Timestamp reference);

/// Windows' count of 100 ns since 1601, in decimal digits.
std::optional<Timestamp> parse_filetime(std::string_view text);

}  // namespace countersign
