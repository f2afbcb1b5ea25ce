// SPDX-License-Identifier: Apache-2.0
#include "rules/time_part.h"

#include <gtest/gtest.h>

#include "tests/unit/rules/rule_testing.h"

namespace countersign::testing {
namespace {

TEST(TimePart, DatesAreReadInTheFormsThatOccur) {
  struct Row {
    Value value;
    std::string_view time;  // empty: no date
  };
  const Row rows[] = {
      {text("2019-05-14T03:32:59.158Z"), "2019-05-14T03:32:59.158Z"},
      {text("2019-05-14 03:32:59.158"), "2019-05-14T03:32:59.158Z"},
      {text("2019-05-14T05:32:59+02:00"), "2019-05-14T03:32:59.000Z"},
      {text("2019-05-14"), "2019-05-14T00:00:00.000Z"},
      {number("1557804779"), "2019-05-14T03:32:59.000Z"},
      {text("1557804779"), "2019-05-14T03:32:59.000Z"},
      {number("1557804779.158"), "2019-05-14T03:32:59.158Z"},
      {number("1557804779158"), "2019-05-14T03:32:59.158Z"},
      {number("1557804779158000"), "2019-05-14T03:32:59.158Z"},
      {number("1557804779158000000"), "2019-05-14T03:32:59.158Z"},
      {number("132022783791580000"), "2019-05-14T03:32:59.158Z"},
      {text("5/14/2019 3:32:59 AM"), "2019-05-14T03:32:59.000Z"},
      {text("5/14/2019 12:00:01 AM"), "2019-05-14T00:00:01.000Z"},
      {text("5/14/2019 12:00:01 PM"), "2019-05-14T12:00:01.000Z"},
      {text("05/14/2019 15:32"), "2019-05-14T15:32:00.000Z"},
      {text("/Date(1557804779158)/"), "2019-05-14T03:32:59.158Z"},
      {number("0"), "1970-01-01T00:00:00.000Z"},
      {number("-1"), "1969-12-31T23:59:59.000Z"},
      {text("14/5/2019 3:32:59 AM"), ""},
      {text("2/30/2019 3:32:59 AM"), ""},
      {text("5/14/2019 13:32:59 PM"), ""},
      {text("5/14/2019"), ""},
      {text("/Date(x)/"), ""},
      {text("/Date(99999999999999999)/"), ""},
      {text("yesterday"), ""},
      {text(""), ""},
      {number("18446744073709551615"), ""},
      {number("1e300"), ""},
      {number("9500000000000000"), ""},
      {boolean(true), ""},
      {null(), ""},
      {container(ValueType::Array), ""},
  };
  for (const Row& row : rows) {
    const std::optional<Timestamp> time = date_of(row.value);
    EXPECT_EQ(time ? format_rfc3339_millis(*time) : "", row.time) << row.value.text;
  }
}

TEST(TimePart, PartsAreThoseOfUtc) {
  const Timestamp time = *parse_rfc3339("2020-12-31T23:59:58.999999999Z");
  EXPECT_EQ(part_of(time, TimePart::Minute), 59);
  EXPECT_EQ(part_of(time, TimePart::Hour), 23);
  EXPECT_EQ(part_of(time, TimePart::Day), 31);
  EXPECT_EQ(part_of(time, TimePart::Week), 53);
  EXPECT_EQ(part_of(time, TimePart::Month), 12);
  EXPECT_EQ(part_of(time, TimePart::Year), 2020);
}

TEST(TimePart, WeeksBelongToTheYearOfTheirThursday) {
  struct Row {
    std::string_view day;
    std::int64_t week;
  };
  const Row rows[] = {{"2021-01-03", 53}, {"2021-01-04", 1},  {"2019-12-30", 1}, {"2018-12-31", 1},
                      {"2023-01-01", 52}, {"2024-12-29", 52}, {"1969-12-29", 1}};
  for (const Row& row : rows)
    EXPECT_EQ(part_of(*date_of(text(row.day)), TimePart::Week), row.week) << row.day;
}

}  // namespace
}  // namespace countersign::testing
