// SPDX-License-Identifier: Apache-2.0
#include "rules/number.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

TEST(Number, DecimalsAreReadAsAWhole) {
  for (const std::string_view good : {"0", "-1", "+5", "007", "1.5", ".5", "5.", "1e3", "-1.5E-3",
                                      "9223372036854775807", "18446744073709551615", "99999999999999999999"})
    EXPECT_TRUE(parse_decimal(good)) << good;
  for (const std::string_view bad : {"", "-", ".", "e3", "1e", "1 ", " 1", "0x10", "1,000", "1.2.3", "inf",
                                     "nan", "1e9999", "--1", "1_000"})
    EXPECT_FALSE(parse_decimal(bad)) << bad;
}

TEST(Number, YamlAlsoKnowsHexAndOctal) {
  EXPECT_EQ(parse_yaml_number("0x1F")->integer, 31);
  EXPECT_EQ(parse_yaml_number("0o17")->integer, 15);
  EXPECT_EQ(parse_yaml_number("017")->integer, 17) << "YAML 1.2 has no other octal form";
  EXPECT_FALSE(parse_yaml_number("0x"));
  EXPECT_FALSE(parse_yaml_number("0xZZ"));
}

TEST(Number, IntegersOf64BitsCompareExactly) {
  const auto order = [](std::string_view a, std::string_view b) {
    return compare(*parse_decimal(a), *parse_decimal(b));
  };
  EXPECT_TRUE(order("9007199254740992", "9007199254740993") < 0) << "they are equal as doubles";
  EXPECT_TRUE(order("18446744073709551615", "18446744073709551614") > 0);
  EXPECT_TRUE(order("9223372036854775808", "9223372036854775807") > 0);
  EXPECT_TRUE(order("-1", "18446744073709551615") < 0);
  EXPECT_TRUE(order("1", "1.0") == 0);
  EXPECT_TRUE(order("1.5", "1") > 0);
}

TEST(Number, ComparisonsHoldByOrder) {
  struct Row {
    Comparison comparison;
    bool less, equal, greater;
  };
  const Row rows[] = {
      {Comparison::Equal, false, true, false},         {Comparison::Less, true, false, false},
      {Comparison::LessOrEqual, true, true, false},    {Comparison::Greater, false, false, true},
      {Comparison::GreaterOrEqual, false, true, true},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(holds(row.comparison, std::partial_ordering::less), row.less);
    EXPECT_EQ(holds(row.comparison, std::partial_ordering::equivalent), row.equal);
    EXPECT_EQ(holds(row.comparison, std::partial_ordering::greater), row.greater);
    EXPECT_FALSE(holds(row.comparison, std::partial_ordering::unordered));
  }
}

}  // namespace
}  // namespace countersign
