// SPDX-License-Identifier: Apache-2.0
#include "ingest/formats/key_value.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace countersign {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs read(std::string_view line, const KeyValueSyntax& syntax = {}) {
  Event event;
  const DecodeLimits limits;
  TextFields fields(event, limits);
  const TextRead done = read_key_values(line, syntax, fields);
  EXPECT_FALSE(done.failure) << line;
  Pairs out;
  for (const Field& field : event.fields()) {
    EXPECT_EQ(field.value.type, ValueType::String);
    out.emplace_back(field.name, field.value.text);
  }
  return out;
}

TEST(KeyValue, ReadsPairsAndPassesOverOtherWords) {
  struct Row {
    std::string_view line;
    Pairs expected;
  };
  const Row rows[] = {
      {"a=1", {{"a", "1"}}},
      {"a=1 b=two  c=\"three four\"", {{"a", "1"}, {"b", "two"}, {"c", "three four"}}},
      {"Jan  2 03:04:05 host prog[7]: a=1 b=2", {{"a", "1"}, {"b", "2"}}},
      {"<x>a=1", {}},
      {"a=\"\" b= c=3", {{"a", ""}, {"b", ""}, {"c", "3"}}},
      {R"(a="say \"hi\" C:\\x" b=2)", {{"a", R"(say "hi" C:\x)"}, {"b", "2"}}},
      {R"(a="C:\dir" b=2)", {{"a", R"(C:\dir)"}, {"b", "2"}}},
      {"url=http://x/?q=1&r=2 b=2", {{"url", "http://x/?q=1&r=2"}, {"b", "2"}}},
      {"a=1\tb=2\r\n", {{"a", "1"}, {"b", "2"}}},
      {"a=1 a=2", {{"a", "1"}, {"a", "2"}}},
      {"msg='op=x acct=\"y z\"' b='c d a=1", {{"msg", "op=x acct=\"y z\""}, {"b", "'c"}, {"a", "1"}}},
      {"no pairs here", {}},
      {"", {}},
      {"=x a=1", {{"a", "1"}}},
      {"x@y=1 a=1", {{"a", "1"}}},
      {"a=1 b=\"x\"y=2", {{"a", "1"}, {"b", "x"}, {"y", "2"}}},
  };
  for (const Row& row : rows) EXPECT_EQ(read(row.line), row.expected) << row.line;
}

TEST(KeyValue, SeparatorsOfTheirOwnAllowBlanksInKeysAndValues) {
  const KeyValueSyntax commas{", ", ": "};
  EXPECT_EQ(read("SrcIP: 192.0.2.1, Access Control: Deny all, yes, URL: http://x/?a: b", commas),
            (Pairs{{"SrcIP", "192.0.2.1"}, {"Access Control", "Deny all, yes"}, {"URL", "http://x/?a: b"}}));
  const KeyValueSyntax semicolons{";", ":"};
  EXPECT_EQ(read(R"(action:"Accept; or not"; src:"192.0.2.1"; empty:; last:"x"])", semicolons),
            (Pairs{{"action", "Accept; or not"}, {"src", "192.0.2.1"}, {"empty", ""}, {"last", "x"}}));
  EXPECT_EQ(read("words; a:1", semicolons), (Pairs{{"a", "1"}}));
  EXPECT_EQ(read("a=1|b=two words|c=", {"|", "="}), (Pairs{{"a", "1"}, {"b", "two words"}, {"c", ""}}));
  EXPECT_EQ(read("", semicolons), Pairs{});
}

std::string failure_of(std::string_view line) {
  Event event;
  const DecodeLimits limits;
  TextFields fields(event, limits);
  const TextRead done = read_key_values(line, {}, fields);
  return done.failure ? std::string(done.failure->reason) + ": " + done.failure->message : "none";
}

TEST(KeyValue, AnOpenQuoteIsATruncatedLine) {
  EXPECT_EQ(failure_of("a=1 b=\"cut"), "truncated: the quote at byte 6 of 10 does not close");
  EXPECT_EQ(failure_of("b=\""), "truncated: the quote at byte 2 of 3 does not close");
  EXPECT_EQ(failure_of("b=\"x\\\""), "truncated: the quote at byte 2 of 6 does not close");
}

TEST(KeyValue, PairsStopAtTheLimit) {
  std::string line;
  for (int i = 0; i < 2'048; ++i) line += fmt::format("k{}=v ", i);
  EXPECT_EQ(failure_of(line), "none");
  line += "one=more";
  EXPECT_EQ(failure_of(line), "too_many_fields: more values in one event than the limit 2048");
}

}  // namespace
}  // namespace countersign
