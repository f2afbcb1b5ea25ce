// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/strict_json.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

TEST(StrictJson, ReadsEveryKindOfValue) {
  const JsonValue value =
      parse_strict_json(
          R"( {"a":null,"b":true,"c":18446744073709551615,"d":-9223372036854775808,"e":1.5,"f":"ü\n\u00fc","g":[1,[]],"h":{}} )")
          .value();
  EXPECT_TRUE(value.find("a")->is_null());
  EXPECT_EQ(*value.find("b")->flag(), true);
  EXPECT_EQ(*value.find("c")->unsigned_number(), 18'446'744'073'709'551'615U);
  EXPECT_EQ(value.find("d")->unsigned_number(), nullptr);
  EXPECT_EQ(value.find("e")->unsigned_number(), nullptr);
  EXPECT_EQ(*value.find("f")->text(), "ü\nü");
  ASSERT_EQ(value.find("g")->array()->size(), 2U);
  EXPECT_EQ(*value.find("g")->array()->front().unsigned_number(), 1U);
  EXPECT_TRUE(value.find("h")->object()->empty());
  EXPECT_EQ(value.find("i"), nullptr);
  EXPECT_EQ(value.object()->front().name, "a") << "in the order of the text";
  EXPECT_EQ(parse_strict_json("0")->find("a"), nullptr);
}

TEST(StrictJson, RefusesWhatReadersCouldTakeDifferently) {
  for (const std::string_view text : {"",
                                      " ",
                                      "{",
                                      "{}}",
                                      "{} {}",
                                      "{}x",
                                      "nul",
                                      "01",
                                      "+1",
                                      "1.",
                                      ".5",
                                      "1e",
                                      "'a'",
                                      "{a:1}",
                                      "{\"a\":1,}",
                                      "[1,]",
                                      "[1 2]",
                                      "{\"a\" 1}",
                                      "\"a\nb\"",
                                      "\"\\x\"",
                                      "\"\\ud800\"",
                                      "\"\xFF\"",
                                      "\"\xC0\x80\"",
                                      "\"\xED\xA0\x80\"",
                                      "// x\n1",
                                      "/* x */1",
                                      "NaN",
                                      "Infinity",
                                      "\xEF\xBB\xBF{}",
                                      "{\"a\":1,\"a\":1}",
                                      "{\"b\":{\"a\":1,\"a\":2}}",
                                      "[{\"a\":1,\"\\u0061\":2}]"}) {
    const Result<JsonValue> value = parse_strict_json(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().kind, ErrorKind::Malformed) << text;
  }
}

TEST(StrictJson, SaysWhereAndNotWhat) {
  const std::string message =
      parse_strict_json(R"({"password":"secret","password":"other"})").error().message;
  EXPECT_NE(message.find("stands twice"), std::string::npos) << message;
  EXPECT_EQ(message.find("secret"), std::string::npos) << message;
  EXPECT_NE(parse_strict_json("{\"a\":x}").error().message.find("byte 5"), std::string::npos);
}

TEST(StrictJson, DepthIsLimited) {
  EXPECT_TRUE(parse_strict_json(std::string(kJsonDepthMax, '[') + std::string(kJsonDepthMax, ']')));
  EXPECT_FALSE(parse_strict_json(std::string(kJsonDepthMax + 1, '[') + std::string(kJsonDepthMax + 1, ']')));
  EXPECT_FALSE(parse_strict_json(std::string(1'000'000, '[')));
}

TEST(StrictJson, ARepeatedNameInAnotherObjectIsNoRepetition) {
  EXPECT_TRUE(parse_strict_json(R"([{"a":1},{"a":{"a":2}}])"));
}

}  // namespace
}  // namespace countersign
