// SPDX-License-Identifier: Apache-2.0
#include "rules/substring.h"

#include <random>

#include <gtest/gtest.h>

#include "tests/unit/rules/rule_testing.h"

namespace countersign {
namespace {

TEST(Substring, IsFoundAtBothEndsAndInside) {
  struct Row {
    std::string_view text;
    std::string_view value;
    bool found;
  };
  const Row rows[] = {
      {"", "", true},       {"", "abc", true},       {"a", "", false},
      {"abc", "abc", true}, {"abc", "xabc", true},   {"abc", "abcx", true},
      {"abc", "ab", false}, {"abc", "ababx", false}, {"aab", "aaab", true},
      {"x", "aax", true},   {"z", "aax", false},     {std::string_view("ab\0c", 4), "ab", false},
  };
  for (const Row& row : rows)
    EXPECT_EQ(Substring(std::string(row.text)).found_in(row.value), row.found)
        << row.text << " in " << row.value;
}

TEST(Substring, AgreesWithFindOnRandomTextsAndPairsNeverHideIt) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  // Frequent bytes, a rare one, and one that is not ASCII.
  constexpr std::string_view kAlphabet = "ae~\xC3";
  const auto make = [&](std::size_t size_below) {
    std::string out;
    for (std::size_t i = random() % size_below; i > 0; --i) out += kAlphabet[random() % kAlphabet.size()];
    return out;
  };
  std::size_t found = 0;
  for (int round = 0; round < 20'000; ++round) {
    const std::string text = make(6);
    const std::string value = make(40);
    const bool expected = value.find(text) != std::string::npos;
    found += expected ? 1U : 0U;
    const Substring substring(text);
    ASSERT_EQ(substring.found_in(value), expected) << text << " in " << value;
    BigramSet pairs;
    pairs.assign(value);
    if (expected) {
      ASSERT_TRUE(substring.may_be_in(pairs)) << text << " in " << value;
    }
  }
  EXPECT_GT(found, 1'000U);
  EXPECT_LT(found, 19'000U);
}

TEST(Substring, PairsRuleOutMostOtherTexts) {
  BigramSet pairs;
  pairs.assign("c:\\windows\\system32\\cmd.exe");
  EXPECT_TRUE(Substring("\\cmd.exe").may_be_in(pairs));
  EXPECT_FALSE(Substring("powershell").may_be_in(pairs));
  EXPECT_TRUE(Substring("c").may_be_in(pairs)) << "one byte has no pair";
}

TEST(Substring, ManyValuesOfOneEventKeepTheirPairsApart) {
  std::vector<testing::EventField> fields;
  std::vector<std::string> names;
  std::vector<std::string> values;
  for (int i = 0; i < 100; ++i) {
    names.push_back("f" + std::to_string(i));
    values.push_back("value-" + std::to_string(i * 7919));
  }
  for (std::size_t i = 0; i < names.size(); ++i) fields.push_back({names[i], testing::text(values[i])});
  for (std::size_t i = 0; i < names.size(); i += 9) {
    EXPECT_TRUE(testing::matches("s: {" + names[i] + "|contains: '" + values[i].substr(2) + "'}", fields));
    EXPECT_FALSE(testing::matches("s: {" + names[i] + "|contains: 'x" + values[i] + "'}", fields));
  }
  EXPECT_TRUE(testing::matches("s: ['alue-" + std::to_string(99 * 7919) + "']", fields)) << "as a keyword";
}

}  // namespace
}  // namespace countersign
