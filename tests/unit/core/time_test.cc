// SPDX-License-Identifier: Apache-2.0
#include "core/time.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

struct TimeCase {
  const char* text;
  const char* utc;  // nullptr: refused
};

const TimeCase kTimeCases[] = {
    {"2022-08-08T12:29:55.996Z", "2022-08-08T12:29:55.996000Z"},
    {"2022-08-08 12:29:55", "2022-08-08T12:29:55.000000Z"},
    {"2022-08-03T18:32:13.156002300Z", "2022-08-03T18:32:13.156002Z"},
    {"2022-08-03T18:32:13.1560023001234Z", "2022-08-03T18:32:13.156002Z"},
    {"2026-02-28T14:23:01.123+0000", "2026-02-28T14:23:01.123000Z"},
    {"2026-02-28T14:23:01+02:00", "2026-02-28T12:23:01.000000Z"},
    {"2026-03-01T00:23:01-0130", "2026-03-01T01:53:01.000000Z"},
    {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"},
    {"1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500000Z"},
    {"2024-02-29T00:00:00z", "2024-02-29T00:00:00.000000Z"},
    {"2023-02-29T00:00:00Z", nullptr},
    {"2022-13-01T00:00:00Z", nullptr},
    {"2022-01-01T24:00:00Z", nullptr},
    {"2022-01-01", nullptr},
    {"2022-01-01T00:00:00Zx", nullptr},
    {"2022-01-01T00:00:00+25:00", nullptr},
    {"2300-01-01T00:00:00Z", nullptr},
    {"", nullptr},
};

TEST(ParseRfc3339, ReadsWhatShippersWriteAndNothingElse) {
  for (const TimeCase& c : kTimeCases) {
    const auto time = parse_rfc3339(c.text);
    ASSERT_EQ(time.has_value(), c.utc != nullptr) << c.text;
    if (time) {
      EXPECT_EQ(format_rfc3339_micros(*time), c.utc) << c.text;
    }
  }
}

TEST(FormatRfc3339, CutsFractionsOff) {
  const Timestamp time{std::chrono::nanoseconds{1'999'999'999}};
  EXPECT_EQ(format_rfc3339_millis(time), "1970-01-01T00:00:01.999Z");
  EXPECT_EQ(format_rfc3339_micros(time), "1970-01-01T00:00:01.999999Z");
}

TEST(Micros, GoThereAndBackAndSaturate) {
  EXPECT_EQ(from_micros(to_micros(Timestamp{std::chrono::microseconds{-5}})),
            Timestamp{std::chrono::microseconds{-5}});
  EXPECT_GT(from_micros(std::numeric_limits<std::int64_t>::max()), Timestamp{});
  EXPECT_LT(from_micros(std::numeric_limits<std::int64_t>::min()), Timestamp{});
}

}  // namespace
}  // namespace countersign
