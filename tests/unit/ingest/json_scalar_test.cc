// SPDX-License-Identifier: Apache-2.0
#include "ingest/json_scalar.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace countersign {
namespace {

using std::string_view_literals::operator""sv;

std::string read(std::string text) {
  const std::size_t size = text.size();
  text += "\"" + std::string(16, 'x');
  Arena arena;
  const JsonString string = read_json_string(text.data(), size + 1, arena);
  if (!string.known) return "bad at " + std::to_string(string.end - text.data());
  return std::string(string.content) + (string.end == text.data() + size + 1 ? "" : " (ends wrongly)") +
         (string.disguised ? " (disguised)" : "");
}

TEST(JsonString, EscapesBecomeTheCharactersThatTheyStandFor) {
  struct Row {
    std::string text;
    std::string expected;
  };
  const Row rows[] = {
      {"", ""},
      {"plain", "plain"},
      {"longer than eight bytes", "longer than eight bytes"},
      {R"(C:\\Windows\\System32\\cmd.exe)", R"(C:\Windows\System32\cmd.exe)"},
      {R"(\"\\\/\b\f\n\r\t)", "\"\\/\b\f\n\r\t"},
      {R"(1234567\n)", "1234567\n"},
      {R"(12345678\n)", "12345678\n"},
      {R"(\u0041\u00e9\u20AC)", "A\u00e9\u20ac (disguised)"},
      {R"(\u00e9\u20AC\u003c\u0026\u0009)", "\u00e9\u20ac<&\t"},
      {R"(\u212a)", "\u212a (disguised)"},
      {R"(\ud83d\ude00!)", "\U0001F600!"},
      {R"(\u0000)", std::string(1, '\0')},
      {R"(\ud83d alone)", "\uFFFD alone"},
      {R"(\ude00\ud83d)", "\uFFFD\uFFFD"},
      {R"(\ud83d\ud83d\ude00)", "\uFFFD\U0001F600"},
      {R"(\ud83d\n)", "\uFFFD\n"},
      {"gr\u00fc\u00dfe\\n", "gr\u00fc\u00dfe\n"},
      {R"(\x)", "bad at 0"},
      {R"(ab\u12)", "bad at 2"},
      {R"(ab\u12g4)", "bad at 2"},
      {R"(\u-123)", "bad at 0"},
  };
  for (const Row& row : rows) EXPECT_EQ(read(row.text), row.expected) << row.text;
}

TEST(JsonString, TextWithoutEscapesIsNotCopied) {
  const std::string text = "no escape\"" + std::string(16, 'x');
  Arena arena;
  const JsonString string = read_json_string(text.data(), 10, arena);
  ASSERT_TRUE(string.known);
  EXPECT_EQ(string.content.data(), text.data());
  EXPECT_EQ(arena.capacity_bytes(), 0U);
}

double nearest(const Value& value) {
  switch (value.type) {
    case ValueType::Integer: return static_cast<double>(value.integer);
    case ValueType::Unsigned: return static_cast<double>(value.unsigned_integer);
    default: return value.number;
  }
}

TEST(JsonNumber, KeepsItsDigitsAndTakesTheNarrowestType) {
  struct Row {
    std::string_view text;
    ValueType type;
    double number;
  };
  const Row rows[] = {
      {"0", ValueType::Integer, 0},
      {"-0", ValueType::Integer, 0},
      {"-12", ValueType::Integer, -12},
      {"9223372036854775807", ValueType::Integer, 9223372036854775807.0},
      {"-9223372036854775808", ValueType::Integer, -9223372036854775808.0},
      {"9223372036854775808", ValueType::Unsigned, 9223372036854775808.0},
      {"18446744073709551615", ValueType::Unsigned, 18446744073709551615.0},
      {"18446744073709551616", ValueType::Double, 18446744073709551616.0},
      {"-9223372036854775809", ValueType::Double, -9223372036854775809.0},
      {"1.50", ValueType::Double, 1.5},
      {"1e3", ValueType::Double, 1000},
      {"1E-2", ValueType::Double, 0.01},
      {"1e+2", ValueType::Double, 100},
      {"1e400", ValueType::Double, std::numeric_limits<double>::infinity()},
      {"-1e400", ValueType::Double, -std::numeric_limits<double>::infinity()},
      {"1e-400", ValueType::Double, 0},
  };
  for (const Row& row : rows) {
    Value value;
    ASSERT_TRUE(read_json_scalar(row.text, value)) << row.text;
    EXPECT_EQ(value.type, row.type) << row.text;
    EXPECT_EQ(value.text, row.text);
    EXPECT_EQ(nearest(value), row.number) << row.text;
  }
}

TEST(JsonNumber, RefusesWhatTheGrammarDoesNotAllow) {
  const std::string_view rows[] = {"",         "-",   "01",  "-01",    "+1",   ".5",  "1.",
                                   "1.e3",     "1e",  "1e+", "0x10",   "1 2",  "NaN", "True",
                                   "Infinity", "1,5", "nul", "falsee", "1\0"sv};
  for (const std::string_view text : rows) {
    Value value;
    EXPECT_FALSE(read_json_scalar(text, value)) << text;
  }
}

TEST(JsonScalar, WordsHaveTheirTypes) {
  Value value;
  ASSERT_TRUE(read_json_scalar("null", value));
  EXPECT_EQ(value.type, ValueType::Null);
  ASSERT_TRUE(read_json_scalar("true", value));
  EXPECT_EQ(value.type, ValueType::Bool);
  EXPECT_EQ(value.integer, 1);
  EXPECT_EQ(value.text, "true");
  ASSERT_TRUE(read_json_scalar("false", value));
  EXPECT_EQ(value.integer, 0);
}

TEST(FindInvalidUtf8, NamesTheFirstBadByte) {
  struct Row {
    std::string text;
    std::optional<std::size_t> expected;
  };
  const Row rows[] = {
      {"", std::nullopt},
      {"plain", std::nullopt},
      {"\u00e9\u20ac\U0001F600", std::nullopt},
      {"ab\xff", 2},
      {"ab\xc3", 2},                  // cut off
      {"\xc0\xaf", 0},                // overlong
      {"\xed\xa0\x80", 0},            // a surrogate
      {"\u00e9\xf4\x90\x80\x80", 2},  // beyond U+10FFFF
  };
  for (const Row& row : rows) EXPECT_EQ(find_invalid_utf8(row.text), row.expected) << row.text;
}

TEST(EndsInsideJson, TellsACutTextFromABrokenOne) {
  for (const std::string_view text : {"{", "[1", "{\"a", "{\"a\":\"b\\", "{\"a\":{\"b\":1}", "{\"a\":\"}\""})
    EXPECT_TRUE(ends_inside_json(text)) << text;
  for (const std::string_view text : {"", "{}", "{\"a\":}", "{\"a\":\"\\\"\"}", "}", "{}]"})
    EXPECT_FALSE(ends_inside_json(text)) << text;
}

TEST(FindControlInString, SeesOnlyStrings) {
  EXPECT_EQ(find_control_in_string("{\n\"a\":\t1}"), std::nullopt);
  EXPECT_EQ(find_control_in_string("{\"a\":\"b\nc\"}"), 7U);
  EXPECT_EQ(find_control_in_string("{\"a\\\"\":\"b\0\"}"sv), 9U);
}

}  // namespace
}  // namespace countersign
