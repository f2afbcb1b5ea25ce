// SPDX-License-Identifier: Apache-2.0
#include "ingest/json_decoder.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <string>
#include <vector>

#include "tests/unit/ingest/decoding.h"
#include "tests/unit/ingest/messages.h"

namespace countersign {
namespace {

using testing::SeenField;

struct Element {
  std::uint32_t index = 0;
  bool of_array = false;
  std::string raw;
  std::string reason;  // empty: read
  std::vector<SeenField> fields;
};

struct Outcome {
  std::string reason;  // of the whole message; empty: read
  std::string message;
  std::vector<Element> elements;
};

Outcome read(std::string_view text, const DecodeLimits& limits = {}) {
  MessageBatch batch = testing::batch_of({});
  const Message& message = testing::add_message(batch, text);
  JsonDecoder decoder(limits);
  Event event;
  Outcome out;
  const auto failure = decoder.decode(message.bytes, event, [&](const JsonElement& element) {
    Element& seen = out.elements.emplace_back();
    seen.index = element.index;
    seen.of_array = element.of_array;
    seen.raw = element.raw;
    if (element.failure != nullptr) {
      seen.reason = element.failure->reason;
      return;
    }
    for (const Field& field : event.fields()) seen.fields.push_back(testing::seen(field));
  });
  if (failure) {
    out.reason = failure->reason;
    out.message = failure->message;
  }
  return out;
}

std::vector<SeenField> fields_of(std::string_view text) {
  Outcome out = read(text);
  EXPECT_EQ(out.reason, "") << out.message;
  return out.elements.empty() ? std::vector<SeenField>{} : out.elements.front().fields;
}

TEST(JsonDecoder, FlattensNestedMembersAndKeepsTypes) {
  const std::vector<SeenField> expected = {
      {"a", ValueType::Integer, "1", 0, false},     {"b", ValueType::Object, "", 0, false},
      {"b.c", ValueType::String, "x", 1, false},    {"b.d", ValueType::Object, "", 1, false},
      {"b.d.e", ValueType::Bool, "true", 2, false}, {"f", ValueType::Null, "", 0, false},
      {"g.h", ValueType::Double, "1.50", 0, false}, {"i", ValueType::Object, "", 0, false},
      {"j", ValueType::Array, "", 0, false},        {"", ValueType::Integer, "7", 0, false},
  };
  EXPECT_EQ(fields_of(R"({"a":1,"b":{"c":"x","d":{"e":true}},"f":null,"g.h":1.50,"i":{},"j":[],"":7})"),
            expected);
}

TEST(JsonDecoder, ArraysGiveSeveralValuesUnderOneName) {
  const std::vector<SeenField> expected = {
      {"a", ValueType::Array, "", 0, false},    {"a", ValueType::Integer, "1", 0, false},
      {"a", ValueType::String, "b", 0, false},  {"a", ValueType::Array, "", 0, false},
      {"a", ValueType::Integer, "2", 0, false}, {"o", ValueType::Array, "", 0, false},
      {"o", ValueType::Object, "", 0, false},   {"o.k", ValueType::Integer, "1", 1, false},
      {"o", ValueType::Object, "", 0, false},   {"o.k", ValueType::Integer, "2", 1, false},
  };
  EXPECT_EQ(fields_of(R"({"a":[1,"b",[2]],"o":[{"k":1},{"k":2}]})"), expected);
}

TEST(JsonDecoder, DuplicateKeysAreAllKept) {
  const std::vector<SeenField> expected = {
      {"a", ValueType::Integer, "1", 0, false},
      {"a", ValueType::String, "two", 0, false},
      {"a", ValueType::Null, "", 0, false},
  };
  EXPECT_EQ(fields_of(R"({"a":1,"a":"two","a":null})"), expected);
}

TEST(JsonDecoder, KeysWithBlanksAreAlsoOfferedWithout) {
  const std::vector<SeenField> expected = {
      {"Threat Name", ValueType::String, "x", 0, false}, {"ThreatName", ValueType::String, "x", 0, true},
      {"E D", ValueType::Object, "", 0, false},          {"ED", ValueType::Object, "", 0, true},
      {"E D.a b", ValueType::Integer, "1", 1, false},    {"ED.ab", ValueType::Integer, "1", 1, true},
  };
  EXPECT_EQ(fields_of(R"({"Threat Name":"x","E D":{"a b":1}})"), expected);
}

TEST(JsonDecoder, TheLiteralKeyIsFoundBeforeTheNestedPath) {
  MessageBatch batch = testing::batch_of({R"({"id":{"orig_h":"nested"},"id.orig_h":"literal"})"});
  JsonDecoder decoder;
  Event event;
  std::string first;
  const auto failure = decoder.decode(batch.messages[0].bytes, event, [&](const JsonElement&) {
    first = event.first(FieldKey("id.orig_h"))->text;
  });
  EXPECT_FALSE(failure);
  EXPECT_EQ(first, "literal");
}

TEST(JsonDecoder, BlanksAndLineEndsAroundADocumentAreNoPartOfIt) {
  const Outcome out = read(" \r\n{ \"a\" :\t1 , \"b\" : [ 1 , 2 ] } \r\n");
  ASSERT_EQ(out.elements.size(), 1U);
  EXPECT_EQ(out.elements[0].fields.size(), 4U);
}

TEST(JsonDecoder, WhatIsNoJsonIsRefusedWithItsReason) {
  struct Row {
    std::string_view text;
    std::string_view reason;
  };
  using std::string_view_literals::operator""sv;
  const Row rows[] = {
      {"{", "truncated"},
      {"{\"a\"", "truncated"},
      {"{\"a\":\"b", "truncated"},
      {"{\"a\":[1,2", "truncated"},
      {"[{\"a\":1},{\"b\":", "truncated"},
      {"{\"a\":1,}", "bad_json"},
      {"{\"a\" 1}", "bad_json"},
      {"{\"a\":}", "bad_json"},
      {"{\"a\":tru}", "bad_json"},
      {"{\"a\":01}", "bad_json"},
      {"{\"a\":1 2}", "bad_json"},
      {"{\"a\":\"b\"\"c\"}", "bad_json"},
      {"{\"a\":\"b\"c\"d\"}", "bad_json"},
      {"{\"a\":\"b\":1}", "bad_json"},
      {"{\"a\":\"b\\x\"}", "bad_json"},
      {"{\"a\\x\":1}", "bad_json"},
      {"{a:1}", "bad_json"},
      {"{'a':1}", "bad_json"},
      {"{\"a\":[1}", "truncated"},
      {"{\"a\":1]", "bad_json"},
      {"{\"a\":1}}", "bad_json"},
      {"{\"a\":1}[{\"b\":2}]", "bad_json"},
      {"{\"a\":1} x", "bad_json"},
      {"[1,]", "bad_json"},
      {"[{\"a\":1} {\"b\":1}]", "bad_json"},
      {"[{\"a\":1},tru]", "bad_json"},
      {"[]]", "bad_json"},
      {"{\"a\":\"b\nc\"}", "bad_json"},
      {"{\"a\":\"b\0c\"}"sv, "bad_json"},
      {"{\"a\":1}\0"sv, "bad_json"},
      {"{\"a\":\"\xff\"}", "bad_utf8"},
      {"{\"\xc3\":1}", "bad_utf8"},
  };
  for (const Row& row : rows) {
    const Outcome out = read(row.text);
    EXPECT_EQ(out.reason, row.reason) << row.text << ": " << out.message;
    EXPECT_TRUE(out.elements.empty()) << row.text;
  }
}

TEST(JsonDecoder, MessagesOfFailuresSayWhereAndHowMuch) {
  struct Row {
    std::string_view text;
    std::string_view message;
  };
  const Row rows[] = {
      {"{\"a\":\"x\xff\"}", "byte 7 of 10 is not valid UTF-8"},
      {"{\"a\":tru}", "neither a value nor a container at byte 5 of 9"},
      {"{\"a\":\"b\\x\"}", "unknown escape at byte 7 of 11"},
      {"{\"a\":\"b\nc\"}", "control character 0x0a inside a string at byte 7 of 11"},
      {"{\"a\":1}[]", "text after the end of the document at byte 7 of 9"},
      {"{\"a\":1}{}]", "text after the end of the document at byte 9 of 10"},
      {"{\"a\":1}{\"b\":", "the JSON ends inside a value at byte 12"},
      {"{\"a\":", "the JSON ends inside a value at byte 5"},
  };
  for (const Row& row : rows) EXPECT_EQ(read(row.text).message, row.message) << row.text;
}

std::string nested(std::size_t levels, std::string_view open, std::string_view close,
                   std::string_view inner) {
  std::string out;
  for (std::size_t i = 0; i < levels; ++i) out += open;
  out += inner;
  for (std::size_t i = 0; i < levels; ++i) out += close;
  return out;
}

TEST(JsonDecoder, NestingStopsAtTheLimit) {
  const std::size_t limit = DecodeLimits{}.nesting_max;
  EXPECT_EQ(read(nested(limit, "{\"a\":", "}", "1")).reason, "");
  EXPECT_EQ(read(nested(limit + 1, "{\"a\":", "}", "1")).reason, "too_deep");
  EXPECT_EQ(read("{\"a\":" + nested(limit - 1, "[", "]", "1") + "}").reason, "");
  EXPECT_EQ(read("{\"a\":" + nested(limit, "[", "]", "1") + "}").reason, "too_deep");
  const Outcome out = read(nested(10'000, "{\"a\":", "}", "1"));
  EXPECT_EQ(out.reason, "too_deep");
  EXPECT_EQ(out.message, "containers nested deeper than the limit 64");
  EXPECT_EQ(read(nested(10'000, "[", "]", "")).reason, "");  // a message of one element that is no event
}

std::string with_members(std::size_t count, std::string_view value) {
  std::string out = "{";
  for (std::size_t i = 0; i < count; ++i) out += fmt::format("{}\"k{}\":{}", i == 0 ? "" : ",", i, value);
  return out + "}";
}

TEST(JsonDecoder, ValuesAndContainersStopAtTheLimit) {
  const std::size_t limit = DecodeLimits{}.fields_max;
  EXPECT_EQ(read(with_members(limit, "1")).reason, "");
  EXPECT_EQ(read(with_members(limit + 1, "1")).reason, "too_many_fields");
  EXPECT_EQ(read(with_members(limit, "[]")).reason, "");
  EXPECT_EQ(read(with_members(limit + 1, "{}")).reason, "too_many_fields");
  EXPECT_EQ(read(with_members(limit + 1, "1")).message, "more values in one event than the limit 2048");
}

TEST(JsonDecoder, LongNamesAreRefusedBeforeTheyMultiply) {
  const std::size_t limit = DecodeLimits{}.name_bytes_max;
  EXPECT_EQ(read("{\"" + std::string(limit, 'n') + "\":1}").reason, "");
  EXPECT_EQ(read("{\"" + std::string(limit + 1, 'n') + "\":1}").reason, "too_long_name");
  EXPECT_EQ(
      read("{\"" + std::string(limit / 2, 'n') + "\":{\"" + std::string(limit / 2, 'm') + "\":1}}").reason,
      "too_long_name");
}

TEST(JsonDecoder, AnArrayIsManyEventsWithTheirOwnBytes) {
  const Outcome out = read(R"( [ {"a":1} , {"b":"]}\"" , "c":[{}]}, 7, "x", [1], null, {"d":2}] )");
  EXPECT_EQ(out.reason, "");
  ASSERT_EQ(out.elements.size(), 7U);
  const std::vector<std::string> raws = {
      R"({"a":1})", R"({"b":"]}\"" , "c":[{}]})", "7", "\"x\"", "[1]", "null", R"({"d":2})"};
  for (std::uint32_t i = 0; i < 7; ++i) {
    EXPECT_EQ(out.elements[i].index, i);
    EXPECT_TRUE(out.elements[i].of_array);
    EXPECT_EQ(out.elements[i].raw, raws[i]);
    EXPECT_EQ(out.elements[i].reason, i >= 2 && i <= 5 ? "not_an_event" : "") << i;
  }
  EXPECT_EQ(out.elements[6].fields, (std::vector<SeenField>{{"d", ValueType::Integer, "2", 0, false}}));
}

TEST(JsonDecoder, ObjectsOneAfterAnotherAreManyEvents) {
  const std::string deep = nested(100, "{\"a\":", "}", "1");
  for (const std::string& text : {"{\"x\":1}\n" + deep + "\r\n{\"y\":2}\n", deep + "{\"x\":1}{\"y\":2}"}) {
    const Outcome out = read(text);
    EXPECT_EQ(out.reason, "") << text;
    ASSERT_EQ(out.elements.size(), 3U) << text;
    for (std::uint32_t i = 0; i < 3; ++i) {
      EXPECT_EQ(out.elements[i].index, i);
      EXPECT_TRUE(out.elements[i].of_array);
      EXPECT_EQ(out.elements[i].reason, out.elements[i].raw == deep ? "too_deep" : "") << text;
    }
    EXPECT_EQ(out.elements[2].raw, R"({"y":2})");
    EXPECT_EQ(out.elements[2].fields, (std::vector<SeenField>{{"y", ValueType::Integer, "2", 0, false}}));
  }
}

TEST(JsonDecoder, AnEmptyArrayIsAMessageWithoutEvents) {
  const Outcome out = read("[]");
  EXPECT_EQ(out.reason, "");
  EXPECT_TRUE(out.elements.empty());
}

TEST(JsonDecoder, AnElementBeyondALimitDoesNotStopTheOthers) {
  const std::string deep = nested(100, "{\"a\":", "}", "1");
  const std::string wide = with_members(3'000, "1");
  const Outcome out = read("[{\"x\":1}," + deep + "," + wide + ",{\"y\":2}]");
  EXPECT_EQ(out.reason, "");
  ASSERT_EQ(out.elements.size(), 4U);
  EXPECT_EQ(out.elements[1].reason, "too_deep");
  EXPECT_EQ(out.elements[1].raw, deep);
  EXPECT_EQ(out.elements[2].reason, "too_many_fields");
  EXPECT_EQ(out.elements[3].reason, "");
  EXPECT_EQ(out.elements[3].fields.size(), 1U);
}

TEST(JsonDecoder, ABrokenArrayGivesNoEventAtAll) {
  const Outcome out = read(R"([{"a":1},{"b":2},{"c":]})");
  EXPECT_NE(out.reason, "");
  EXPECT_TRUE(out.elements.empty());
}

}  // namespace
}  // namespace countersign
