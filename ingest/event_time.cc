// SPDX-License-Identifier: Apache-2.0
#include "ingest/event_time.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <limits>

#include "ingest/event_fields.h"
#include "ingest/time_pattern.h"

namespace countersign {
namespace {

using std::chrono::nanoseconds;

constexpr std::size_t kZoneAfter = 19;  // characters of `2019-05-15T18:03:36`
constexpr std::size_t kTimeBytesMax = 64;

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Fraction digits as nanoseconds of `unit`; what is finer than a nanosecond is cut off.
std::int64_t fraction_nanos(std::string_view digits, std::int64_t unit) {
  std::int64_t nanos = 0;
  for (const char c : digits) {
    unit /= 10;
    if (unit == 0) break;
    nanos += (c - '0') * unit;
  }
  return nanos;
}

std::optional<Timestamp> parse_as(std::string_view text, const TimeRule& rule, const TimeZone& zone,
                                  Timestamp reference) {
  switch (rule.format) {
    case TimeFormat::Auto:
      if (const auto time = parse_zoned(text, zone)) return time;
      if (const auto time = parse_rfc3164(text, zone, reference)) return time;
      return parse_epoch(text);
    case TimeFormat::Rfc3339: return parse_zoned(text, zone);
    case TimeFormat::EpochSeconds: return parse_epoch(text, std::chrono::seconds{1});
    case TimeFormat::EpochMilliseconds: return parse_epoch(text, std::chrono::milliseconds{1});
    case TimeFormat::EpochMicroseconds: return parse_epoch(text, std::chrono::microseconds{1});
    case TimeFormat::EpochNanoseconds: return parse_epoch(text, nanoseconds{1});
    case TimeFormat::FileTime: return parse_filetime(text);
    case TimeFormat::Pattern: return parse_time_pattern(text, rule.pattern, zone, reference);
  }
  return std::nullopt;
}

/// `date`, `time` and perhaps `zone` as one text, in the event's arena: `<date>T<time><zone>`, or with a
/// blank as `joint` between all of them. Empty: a field is missing.
std::string_view join_fields(Event& event, const std::vector<FieldKey>& fields, char joint) {
  std::array<char, kTimeBytesMax> joined{};
  std::size_t size = 0;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const Value* value = first_scalar(event, fields[i]);
    // Only the zone may be missing.
    if (value == nullptr && i < 2) return {};
    if (value == nullptr) break;
    if (size + 1 + value->text.size() > joined.size()) return {};
    if (i == 1) joined[size++] = joint;
    if (i == 2 && joint == ' ') joined[size++] = joint;
    std::memcpy(joined.data() + size, value->text.data(), value->text.size());
    size += value->text.size();
  }
  return event.arena().store({joined.data(), size});
}

}  // namespace

std::optional<Timestamp> parse_epoch(std::string_view text, nanoseconds unit) {
  const std::size_t dot = text.find('.');
  const std::string_view whole = text.substr(0, dot);
  const std::string_view fraction = dot == std::string_view::npos ? std::string_view{} : text.substr(dot + 1);
  if (!all_digits(whole) || (dot != std::string_view::npos && !all_digits(fraction))) return std::nullopt;
  std::int64_t count = 0;
  if (std::from_chars(whole.data(), whole.data() + whole.size(), count).ec != std::errc{})
    return std::nullopt;
  if (count > std::numeric_limits<std::int64_t>::max() / unit.count() - 1) return std::nullopt;
  return Timestamp{nanoseconds{count * unit.count() + fraction_nanos(fraction, unit.count())}};
}

std::optional<Timestamp> parse_epoch(std::string_view text) {
  const std::size_t digits = std::min(text.find('.'), text.size());
  if (digits <= 11) return parse_epoch(text, std::chrono::seconds{1});
  if (digits <= 14) return parse_epoch(text, std::chrono::milliseconds{1});
  if (digits <= 17) return parse_epoch(text, std::chrono::microseconds{1});
  return parse_epoch(text, nanoseconds{1});
}

std::optional<Timestamp> parse_zoned(std::string_view text, const TimeZone& zone) {
  auto time = parse_rfc3339(text);
  if (!time) return std::nullopt;
  const bool has_zone =
      text.size() > kZoneAfter && text.find_first_of("Zz+-", kZoneAfter) != std::string_view::npos;
  return has_zone ? *time : zone.utc(*time);
}

EventTime read_event_time(Event& event, const TimeRules& rules, Timestamp reference, const TimeZone& zone) {
  static const TimeZone kUtc;
  const TimeZone& declared = rules.zone ? *rules.zone : zone;
  EventTime out;
  for (const TimeRule& rule : rules.order) {
    std::string_view text;
    if (rule.fields.size() > 1) {
      text = join_fields(event, rule.fields, rule.format == TimeFormat::Pattern ? ' ' : 'T');
    } else if (const Value* value = first_scalar(event, rule.fields.front())) {
      text = value->text;
    }
    if (text.empty()) continue;
    out.present = true;
    out.time = parse_as(text, rule, rule.utc ? kUtc : declared, reference);
    out.field = rule.fields.front().name;
    out.text = text;
    if (out.time) return out;
  }
  return out;
}

}  // namespace countersign
