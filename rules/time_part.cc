// SPDX-License-Identifier: Apache-2.0
#include "rules/time_part.h"

#include <charconv>
#include <cmath>
#include <string>

#include "rules/number.h"

namespace countersign {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

/// Takes the digits at the front of `text`; -1 when there are none or more than `digits_max`.
int take_number(std::string_view& text, std::size_t digits_max) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const auto size = static_cast<std::size_t>(end - text.data());
  if (error != std::errc{} || size > digits_max || value < 0) return -1;
  text.remove_prefix(size);
  return value;
}

bool take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

/// 5/14/2019 3:32:59 PM
std::optional<Timestamp> parse_us_date(std::string_view text) {
  const int month = take_number(text, 2);
  if (!take(text, "/")) return std::nullopt;
  const int day = take_number(text, 2);
  if (!take(text, "/")) return std::nullopt;
  const int year = take_number(text, 4);
  if (month < 1 || day < 1 || year < 1900 || year > 2200 || !take(text, " ")) return std::nullopt;
  int hour = take_number(text, 2);
  if (!take(text, ":")) return std::nullopt;
  const int minute = take_number(text, 2);
  const int second = take(text, ":") ? take_number(text, 2) : 0;
  const bool pm = take(text, " PM");
  const bool am = !pm && take(text, " AM");
  if (!text.empty() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
    return std::nullopt;
  if (am || pm) {
    if (hour < 1 || hour > 12) return std::nullopt;
    hour = hour % 12 + (pm ? 12 : 0);
  }
  const year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                            std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  return Timestamp{sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
                   std::chrono::seconds{second}};
}

/// The unit follows from the magnitude; the ranges of dates between 1973 and 2200 do not overlap.
std::optional<Timestamp> from_count(const Number& number) {
  constexpr double kMilliseconds = 1e11;
  constexpr double kMicroseconds = 1e14;
  constexpr double kFileTime = 1e17;
  constexpr double kNanoseconds = 1e18;
  constexpr std::int64_t kFileTimeEpoch = 116'444'736'000'000'000;  // 1601 to 1970 in units of 100 ns
  const double size = std::abs(number.real);
  if (size >= 9e18) return std::nullopt;
  const bool integer = number.kind == Number::Kind::Integer;
  // A double holds a time of our days to the microsecond.
  const auto scaled = [&](std::int64_t unit) {
    if (integer) return Timestamp{std::chrono::nanoseconds{number.integer * unit}};
    return Timestamp{
        std::chrono::microseconds{std::llround(number.real * static_cast<double>(unit) / 1'000)}};
  };
  if (size >= kNanoseconds) return scaled(1);
  if (size >= kFileTime) {
    const std::int64_t ticks = (integer ? number.integer : std::llround(number.real)) - kFileTimeEpoch;
    if (ticks > 92'000'000'000'000'000 || ticks < -92'000'000'000'000'000) return std::nullopt;
    return Timestamp{std::chrono::nanoseconds{ticks * 100}};
  }
  if (size >= kMicroseconds) return size < 9e15 ? std::optional(scaled(1'000)) : std::nullopt;
  if (size >= kMilliseconds) return size < 9e12 ? std::optional(scaled(1'000'000)) : std::nullopt;
  return size < 9e9 ? std::optional(scaled(1'000'000'000)) : std::nullopt;
}

std::int64_t iso_week(sys_days day) {
  using std::chrono::Thursday;
  // The week belongs to the year of its Thursday.
  const std::chrono::weekday weekday{day};
  const sys_days thursday = day + days{4} - days{static_cast<int>(weekday.iso_encoding())};
  const sys_days new_year{year_month_day{thursday}.year() / 1 / 1};
  return (thursday - new_year).count() / 7 + 1;
}

}  // namespace

std::int64_t part_of(Timestamp time, TimePart part) {
  const sys_days day = std::chrono::floor<days>(time);
  const std::chrono::hh_mm_ss clock{time - day};
  const year_month_day date{day};
  switch (part) {
    case TimePart::Minute: return clock.minutes().count();
    case TimePart::Hour: return clock.hours().count();
    case TimePart::Day: return static_cast<unsigned>(date.day());
    case TimePart::Week: return iso_week(day);
    case TimePart::Month: return static_cast<unsigned>(date.month());
    case TimePart::Year: return static_cast<int>(date.year());
  }
  return 0;
}

PartRange range_of(TimePart part) {
  switch (part) {
    case TimePart::Minute: return {0, 59};
    case TimePart::Hour: return {0, 23};
    case TimePart::Day: return {1, 31};
    case TimePart::Week: return {1, 53};
    case TimePart::Month: return {1, 12};
    case TimePart::Year: return {1677, 2262};
  }
  return {0, 0};
}

std::optional<Timestamp> date_of(const Value& value) {
  if (const std::optional<Number> number = number_or_numeric_text(value)) return from_count(*number);
  if (value.type != ValueType::String) return std::nullopt;
  if (const std::optional<Timestamp> time = parse_rfc3339(value.text)) return time;
  constexpr std::size_t kDateOnly = 10;
  if (value.text.size() == kDateOnly) return parse_rfc3339(std::string(value.text) + "T00:00:00Z");
  if (value.text.starts_with("/Date(") && value.text.ends_with(")/")) {
    const std::string_view digits = value.text.substr(6, value.text.size() - 8);
    std::int64_t millis = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), millis);
    constexpr std::int64_t kMillisMax = 9'000'000'000'000;
    if (error != std::errc{} || end != digits.data() + digits.size() || std::abs(millis) > kMillisMax)
      return std::nullopt;
    return Timestamp{std::chrono::milliseconds{millis}};
  }
  return parse_us_date(value.text);
}

}  // namespace countersign
