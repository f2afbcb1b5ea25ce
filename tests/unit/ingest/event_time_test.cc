// SPDX-License-Identifier: Apache-2.0
#include "ingest/event_time.h"

#include <gtest/gtest.h>

#include <string>

namespace countersign {
namespace {

constexpr Timestamp kReference{std::chrono::seconds{1'767'323'045}};  // 2026-01-02T03:04:05Z

std::string show(const std::optional<Timestamp>& time) {
  if (!time) return "none";
  const std::string micros = format_rfc3339_micros(*time);
  const auto nanos = static_cast<int>((time->time_since_epoch().count() % 1'000 + 1'000) % 1'000);
  return nanos == 0 ? micros : micros + "+" + std::to_string(nanos);
}

TEST(ParseEpoch, TakesTheUnitFromTheSizeOfTheNumber) {
  struct Row {
    std::string_view text;
    std::string_view expected;
  };
  const Row rows[] = {
      {"0", "1970-01-01T00:00:00.000000Z"},
      {"1588205199", "2020-04-30T00:06:39.000000Z"},
      {"1588205199.82437", "2020-04-30T00:06:39.824370Z"},
      {"1588205199.1234567891", "2020-04-30T00:06:39.123456Z+789"},
      {"1588205199824", "2020-04-30T00:06:39.824000Z"},
      {"1588205199824.5", "2020-04-30T00:06:39.824500Z"},
      {"1588205199824370", "2020-04-30T00:06:39.824370Z"},
      {"1588205199824370123", "2020-04-30T00:06:39.824370Z+123"},
      {"", "none"},
      {"-1", "none"},
      {"1e9", "none"},
      {"1588205199.", "none"},
      {".5", "none"},
      {"1588205199 ", "none"},
      {"99999999999", "none"},  // the year 5138 is out of the range of Timestamp
      {"99999999999999999999", "none"},
  };
  for (const Row& row : rows) EXPECT_EQ(show(parse_epoch(row.text)), row.expected) << row.text;
}

TEST(ParseZoned, AppliesTheZoneOnlyToTextsWithoutOne) {
  const TimeZone zone(std::chrono::minutes{120});
  struct Row {
    std::string_view text;
    std::string_view expected;
  };
  const Row rows[] = {
      {"2024-01-02 03:04:05", "2024-01-02T01:04:05.000000Z"},
      {"2024-01-02T03:04:05.25", "2024-01-02T01:04:05.250000Z"},
      {"2024-01-02T03:04:05Z", "2024-01-02T03:04:05.000000Z"},
      {"2024-01-02T03:04:05-0500", "2024-01-02T08:04:05.000000Z"},
      {"2024-01-02T03:04:05.1+01:00", "2024-01-02T02:04:05.100000Z"},
      {"2024-01-02", "none"},
      {"yesterday", "none"},
  };
  for (const Row& row : rows) EXPECT_EQ(show(parse_zoned(row.text, zone)), row.expected) << row.text;
}

Value text_value(std::string_view text) {
  Value value;
  value.type = ValueType::String;
  value.text = text;
  return value;
}

TEST(ReadEventTime, TheFirstFieldThatCanBeReadCounts) {
  TimeRules rules;
  rules.order.push_back({{FieldKey("first")}, TimeFormat::Auto});
  rules.order.push_back({{FieldKey("second")}, TimeFormat::EpochMilliseconds});
  rules.order.push_back({{FieldKey("date"), FieldKey("time"), FieldKey("tz")}, TimeFormat::Auto});
  Event event;
  event.add("first", text_value("-"));
  event.add("second", text_value("1588205199824"));
  const EventTime read = read_event_time(event, rules, kReference);
  EXPECT_TRUE(read.present);
  EXPECT_EQ(show(read.time), "2020-04-30T00:06:39.824000Z");
}

TEST(ReadEventTime, DateTimeAndZoneAreJoined) {
  TimeRules rules;
  rules.zone = TimeZone(std::chrono::minutes{60});
  rules.order.push_back({{FieldKey("date"), FieldKey("time"), FieldKey("tz")}, TimeFormat::Auto});
  Event event;
  event.add("date", text_value("2024-01-02"));
  EXPECT_FALSE(read_event_time(event, rules, kReference).present);
  event.add("time", text_value("03:04:05"));
  EXPECT_EQ(show(read_event_time(event, rules, kReference).time), "2024-01-02T02:04:05.000000Z");
  event.add("tz", text_value("-0700"));
  EXPECT_EQ(show(read_event_time(event, rules, kReference).time), "2024-01-02T10:04:05.000000Z");
  event.clear();
  event.add("date", text_value(std::string(200, '1')));
  event.add("time", text_value("03:04:05"));
  EXPECT_FALSE(read_event_time(event, rules, kReference).time);
}

TEST(ReadEventTime, TheFieldKnowsItsZoneBestThenThePackThenTheSource) {
  const TimeZone source(std::chrono::minutes{120});
  TimeRules rules;
  rules.order.push_back({{FieldKey("utc")}, TimeFormat::Auto, {}, true});
  rules.order.push_back({{FieldKey("at")}, TimeFormat::Auto});
  Event event;
  event.add("at", text_value("2024-01-02 03:04:05"));
  EXPECT_EQ(show(read_event_time(event, rules, kReference, source).time), "2024-01-02T01:04:05.000000Z");
  rules.zone = TimeZone(std::chrono::minutes{60});
  EXPECT_EQ(show(read_event_time(event, rules, kReference, source).time), "2024-01-02T02:04:05.000000Z");
  event.add("utc", text_value("2024-01-02 03:04:05"));
  EXPECT_EQ(show(read_event_time(event, rules, kReference, source).time), "2024-01-02T03:04:05.000000Z");
}

TEST(TimeZone, AZoneOfTheDatabaseHasItsSummerTime) {
  const TimeZone berlin = TimeZone::parse("Europe/Berlin").value();
  struct Row {
    const char* local;
    const char* utc;
  };
  const Row rows[] = {
      {"2026-01-02T03:04:05.25Z", "2026-01-02T02:04:05.250000Z"},
      {"2026-07-02T03:04:05Z", "2026-07-02T01:04:05.000000Z"},
      {"2026-03-29T01:59:59Z", "2026-03-29T00:59:59.000000Z"},
      {"2026-03-29T02:30:00Z", "2026-03-29T01:30:00.000000Z"},  // left out: the clock was not set yet
      {"2026-03-29T03:00:00Z", "2026-03-29T01:00:00.000000Z"},
      {"2026-10-25T02:30:00Z", "2026-10-25T00:30:00.000000Z"},  // comes twice: the first
      {"2026-10-25T03:00:00Z", "2026-10-25T02:00:00.000000Z"},
      {"1969-12-31T23:59:59.5Z", "1969-12-31T22:59:59.500000Z"},
  };
  for (const Row& row : rows) EXPECT_EQ(show(berlin.utc(*parse_rfc3339(row.local))), row.utc) << row.local;
  EXPECT_EQ(show(berlin.local(*parse_rfc3339("2026-07-02T01:04:05.5Z"))), "2026-07-02T03:04:05.500000Z");
  EXPECT_EQ(TimeZone::parse("UTC").value(), TimeZone());
  EXPECT_EQ(TimeZone::parse("-0330").value(), TimeZone(std::chrono::minutes{-210}));
  EXPECT_EQ(TimeZone::parse("Europe/Atlantis").error().kind, ErrorKind::NotFound);
  for (const char* text : {"", "/etc/passwd", "file:x", "a b", "../UTC"})
    EXPECT_EQ(TimeZone::parse(text).error().kind, ErrorKind::InvalidArgument) << text;
}

}  // namespace
}  // namespace countersign
