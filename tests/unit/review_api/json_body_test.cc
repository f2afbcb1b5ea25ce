// SPDX-License-Identifier: Apache-2.0
#include "review-api/json_body.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace countersign::test {
namespace {

std::vector<std::string> codes(JsonBody& body) {
  std::vector<std::string> out;
  const auto read = body.finish();
  if (read) return out;
  EXPECT_EQ(read.error().kind, ErrorKind::InvalidArgument);
  for (const FieldError& error : read.error().fields) out.push_back(error.field + ' ' + error.code);
  return out;
}

using Codes = std::vector<std::string>;

TEST(JsonBody, WhatIsNoObjectIsMalformed) {
  const std::string deep = std::string(9, '[') + std::string(9, ']');
  for (const std::string& text :
       {std::string("{"), std::string("[]"), std::string("null"), std::string("1"), std::string("\"a\""),
        std::string("{} {}"), std::string("{\"a\":1,}"), std::string("{'a':1}"),
        std::string("{\"a\":\"\xff\"}"), std::string("{\"a\":NaN}"), std::string("{\"a\":") + deep + "}",
        std::string("\xEF\xBB\xBF{}"), std::string("{\"a\":1,\"a\":1}"),
        std::string("{\"o\":[{\"x\":1,\"x\":2}]}"), std::string(" "), std::string("{\"a\":\"\n\"}"),
        std::string("{\"a\\u0061\":1,\"aa\":2}"), std::string("{/**/}")}) {
    const auto body = JsonBody::parse(text);
    ASSERT_FALSE(body) << text;
    EXPECT_EQ(body.error().kind, ErrorKind::Malformed) << text;
    EXPECT_TRUE(body.error().message.starts_with("The body is") ||
                body.error().message.starts_with("The body has"))
        << body.error().message;
  }
}

TEST(JsonBody, ManyLevelsNeverReachTheStack) {
  const auto body = JsonBody::parse("{\"a\":" + std::string(500'000, '['));
  ASSERT_FALSE(body);
  EXPECT_EQ(body.error().message, "The body is nested deeper than 8 levels.");
}

TEST(JsonBody, AnEmptyBodyIsAnEmptyObject) {
  auto body = JsonBody::parse("");
  ASSERT_TRUE(body);
  EXPECT_FALSE(body->text("a"));
  EXPECT_TRUE(body->finish());
}

TEST(JsonBody, EachReadChecksItsType) {
  auto body = JsonBody::parse(R"({"t":1,"f":"x","l":{},"o":[1],"s":true,"ls":[1,"ok"," "]})");
  ASSERT_TRUE(body);
  EXPECT_FALSE(body->text("t"));
  EXPECT_FALSE(body->flag("f"));
  EXPECT_FALSE(body->texts("l", 3));
  body->objects("o", 3, [](JsonBody&) { ADD_FAILURE(); });
  EXPECT_FALSE(body->secret("s", 10));
  EXPECT_EQ(body->texts("ls", 3)->size(), 1U);
  EXPECT_EQ(codes(*body), (Codes{"t wrong_type", "f wrong_type", "l wrong_type", "o[0] wrong_type",
                                 "s wrong_type", "ls[0] wrong_type", "ls[2] required"}));
}

TEST(JsonBody, UnknownFieldsNameThemselves) {
  auto body = JsonBody::parse(R"({"status":"closed","note":"x"})");
  ASSERT_TRUE(body);
  EXPECT_EQ(body->text("note"), "x");
  EXPECT_EQ(codes(*body), (Codes{"status unknown_field"}));
}

TEST(JsonBody, NullAndBlankCountAsAbsent) {
  auto body = JsonBody::parse(R"({"a":null,"b":" \t\n","c":""})");
  ASSERT_TRUE(body);
  EXPECT_FALSE(body->text("a"));
  EXPECT_EQ(body->required_text("b", {10, true}), "");
  EXPECT_EQ(body->required_text("c"), "");
  EXPECT_EQ(body->required_text("d"), "");
  EXPECT_EQ(codes(*body), (Codes{"b required", "c required", "d required"}));
}

TEST(JsonBody, LengthsAndControlCharactersAreChecked) {
  auto body =
      JsonBody::parse(R"({"long":"123456","nul":"a\u0000b","line":"a\nb","lines":"a\nb","many":["a","b"]})");
  ASSERT_TRUE(body);
  EXPECT_FALSE(body->text("long", {5, false}));
  EXPECT_FALSE(body->text("nul", {5, true}));
  EXPECT_FALSE(body->text("line", {5, false}));
  EXPECT_EQ(body->text("lines", {5, true}), "a\nb");
  EXPECT_FALSE(body->texts("many", 1));
  EXPECT_EQ(codes(*body),
            (Codes{"long too_long", "nul control_character", "line control_character", "many too_many"}));
}

TEST(JsonBody, ErrorsOfNestedObjectsNameTheirPlace) {
  auto body = JsonBody::parse(R"({"entities":[{"field":"a","value":"b"},{"field":1,"extra":2}]})");
  ASSERT_TRUE(body);
  std::vector<std::string> fields;
  body->objects("entities", 5, [&](JsonBody& entity) {
    fields.push_back(entity.required_text("field"));
    (void)entity.required_text("value");
  });
  EXPECT_EQ(fields, (std::vector<std::string>{"a", ""}));
  EXPECT_EQ(codes(*body), (Codes{"entities[1].field wrong_type", "entities[1].value required",
                                 "entities[1].extra unknown_field"}));
}

TEST(JsonBody, OfManyUnknownFieldsAFewAreNamed) {
  std::string text = "{";
  for (int i = 0; i < 10'000; ++i)
    text.append(i == 0 ? "\"k" : ",\"k").append(std::to_string(i)).append("\":1");
  auto body = JsonBody::parse(text + "}");
  ASSERT_TRUE(body);
  const auto read = body->finish();
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().fields.size(), 32U);
}

TEST(JsonBody, APasswordIsTakenAsItStands) {
  auto body = JsonBody::parse(R"({"password":"  \u0000 "})");
  ASSERT_TRUE(body);
  EXPECT_EQ(body->secret("password", 16), std::string("  \0 ", 4));
  EXPECT_TRUE(body->finish());
}

}  // namespace
}  // namespace countersign::test
