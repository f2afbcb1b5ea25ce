// SPDX-License-Identifier: Apache-2.0
#include "ingest/time_pattern.h"

#include <gtest/gtest.h>

#include <string>

namespace countersign {
namespace {

constexpr Timestamp kReference{std::chrono::seconds{1'767'323'045}};  // 2026-01-02T03:04:05Z

std::string show(const std::optional<Timestamp>& time) {
  return time ? format_rfc3339_micros(*time) : "none";
}

std::string parse(std::string_view text, std::string_view pattern, const TimeZone& zone = {}) {
  return show(parse_time_pattern(text, pattern, zone, kReference));
}

TEST(TimePattern, ReadsTheTimesThatProductsWrite) {
  EXPECT_EQ(parse("2026/01/02 03:04:05", "%Y/%m/%d %H:%M:%S"), "2026-01-02T03:04:05.000000Z");
  EXPECT_EQ(parse("02/Jan/2026:03:04:05 +0100", "%d/%b/%Y:%H:%M:%S %z"), "2026-01-02T02:04:05.000000Z");
  EXPECT_EQ(parse("January 2 2026 3:04:05.678 PM", "%b %d %Y %I:%M:%S.%f %p"), "2026-01-02T15:04:05.678000Z");
  EXPECT_EQ(parse("12:00 am", "%I:%M %p").substr(10), "T00:00:00.000000Z");
  EXPECT_EQ(parse("1767323045.5", "%s.%f"), "2026-01-02T03:04:05.500000Z");
  EXPECT_EQ(parse("Fri Jan  2 03:04:05 2026 UTC", "%a %b %e %H:%M:%S %Y UTC"), "2026-01-02T03:04:05.000000Z");
  EXPECT_EQ(parse("260102-030405", "%y%m%d-%H%M%S"), "2026-01-02T03:04:05.000000Z");
  EXPECT_EQ(parse("100% 2026", "100%% %Y"), "2026-01-01T00:00:00.000000Z");
  EXPECT_EQ(parse("2026-01-02 03:04:05", "%Y-%m-%d %H:%M:%S", TimeZone(std::chrono::minutes{-90})),
            "2026-01-02T04:34:05.000000Z");
}

TEST(TimePattern, RefusesWhatIsNoSuchTime) {
  for (const char* text :
       {"2026/13/02 03:04:05", "2026/02/30 03:04:05", "2026/01/02 24:04:05", "2026/01/02 03:60:05",
        "2026/01/02 03:04:05x", "2026/01/02", "", "2500/01/02 03:04:05", "1500/01/02 03:04:05"})
    EXPECT_EQ(parse(text, "%Y/%m/%d %H:%M:%S"), "none") << text;
  EXPECT_EQ(parse("13:00 pm", "%I:%M %p"), "none");
  EXPECT_EQ(parse("99999999999999999999", "%s"), "none");
  EXPECT_EQ(unknown_time_directive("%Y %Q"), "%Q");
  EXPECT_EQ(unknown_time_directive("%Y %"), "%");
  EXPECT_FALSE(unknown_time_directive("%Y-%m-%dT%H:%M:%S.%f%z %% %s %e %b %I %p %y"));
}

TEST(TimePattern, AYearThatIsMissingIsTheLastInWhichTheTimeHasPassed) {
  const auto read = [](std::string_view text) { return show(parse_rfc3164(text, {}, kReference)); };
  EXPECT_EQ(read("Jan  2 03:04:05"), "2026-01-02T03:04:05.000000Z");
  EXPECT_EQ(read("Jan  2 23:00:00"), "2026-01-02T23:00:00.000000Z");
  EXPECT_EQ(read("Jan 12 03:04:05"), "2025-01-12T03:04:05.000000Z");
  EXPECT_EQ(read("Dec 31 23:59:59"), "2025-12-31T23:59:59.000000Z");
  EXPECT_EQ(read("Feb 29 00:00:00"), "2024-02-29T00:00:00.000000Z");
  EXPECT_EQ(read("Jan  2 2020 03:04:05.25"), "2020-01-02T03:04:05.250000Z");
  EXPECT_EQ(read("Feb 30 00:00:00"), "none");
  EXPECT_EQ(read("2025 Jan  2 03:04:05"), "2025-01-02T03:04:05.000000Z");
  EXPECT_EQ(read("2026-01-02 03:04:05"), "none");
}

TEST(TimePattern, ReadsZonesAndWindowsTime) {
  EXPECT_EQ(parse_zone_offset("+02:00"), std::chrono::minutes{120});
  EXPECT_EQ(parse_zone_offset("-0330"), std::chrono::minutes{-210});
  EXPECT_EQ(parse_zone_offset("-05"), std::chrono::minutes{-300});
  EXPECT_EQ(parse_zone_offset("Z"), std::chrono::minutes{0});
  for (const char* text : {"", "+", "CET", "+2:00", "+02:0", "+02:000", "02:00"})
    EXPECT_FALSE(parse_zone_offset(text)) << text;
  EXPECT_EQ(show(parse_filetime("132223104000000001")), "2020-01-01T00:00:00.000000Z");
  EXPECT_EQ(show(parse_filetime("1")), "none");
  EXPECT_EQ(show(parse_filetime("9223372036854775807")), "none");
}

}  // namespace
}  // namespace countersign
