// SPDX-License-Identifier: Apache-2.0
#include "ingest/time_zone.h"

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>
#include <fmt/format.h>

#include "ingest/time_pattern.h"

namespace countersign {

struct TimeZone::Named {
  cctz::time_zone zone;
};

namespace {

constexpr std::size_t kNameBytesMax = 64;

// A path would be opened, and `file:` too.
bool is_name(std::string_view text) {
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
  return !text.empty() && text.size() <= kNameBytesMax && text.front() != '/' &&
         text.find_first_not_of(kAllowed) == std::string_view::npos;
}

using Seconds = cctz::time_point<cctz::seconds>;

Seconds to_seconds(Timestamp time) {
  return Seconds{std::chrono::floor<std::chrono::seconds>(time.time_since_epoch())};
}

}  // namespace

Result<TimeZone> TimeZone::parse(std::string_view text) {
  if (text == "UTC") return TimeZone();
  if (const auto offset = parse_zone_offset(text)) return TimeZone(*offset);
  if (!is_name(text))
    return failure(ErrorKind::InvalidArgument,
                   fmt::format("'{}' is no time zone; write Europe/Berlin, UTC or +02:00", text));
  Named named;
  if (!cctz::load_time_zone(std::string(text), &named.zone))
    return failure(
        ErrorKind::NotFound,
        fmt::format("this machine knows no time zone '{}'; names are those of the tz database, such as "
                    "Europe/Berlin (package tzdata)",
                    text));
  TimeZone out;
  out.named_ = std::make_shared<const Named>(named);
  return out;
}

Timestamp TimeZone::utc(Timestamp local) const {
  if (named_ == nullptr) return local - offset_;
  const Seconds whole = to_seconds(local);
  const cctz::civil_second shown = cctz::civil_second(1970, 1, 1) + whole.time_since_epoch().count();
  const Seconds found = named_->zone.lookup(shown).pre;
  return local + (found - whole);
}

Timestamp TimeZone::local(Timestamp utc) const {
  if (named_ == nullptr) return utc + offset_;
  return utc + std::chrono::seconds{named_->zone.lookup(to_seconds(utc)).offset};
}

}  // namespace countersign
