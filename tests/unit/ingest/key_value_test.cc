// SPDX-License-Identifier: Apache-2.0
#include "ingest/key_value.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace countersign {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs read(std::string_view line) {
  Event event;
  const auto failure = read_key_values(line, {}, event);
  EXPECT_FALSE(failure) << line;
  Pairs out;
  for (const Field& field : event.fields()) {
    EXPECT_EQ(field.value.type, ValueType::String);
    out.emplace_back(field.name, field.value.text);
  }
  return out;
}

TEST(KeyValue, ReadsPairsAndPassesOverTheSyslogHeader) {
  struct Row {
    std::string_view line;
    Pairs expected;
  };
  const Row rows[] = {
      {"a=1", {{"a", "1"}}},
      {"a=1 b=two  c=\"three four\"", {{"a", "1"}, {"b", "two"}, {"c", "three four"}}},
      {"<189>a=1", {{"syslog.priority", "189"}, {"a", "1"}}},
      {"<13>Jan  2 03:04:05 host prog[7]: a=1 b=2", {{"syslog.priority", "13"}, {"a", "1"}, {"b", "2"}}},
      {"<x>a=1", {}},
      {"<1234>a=1", {}},
      {"a=\"\" b= c=3", {{"a", ""}, {"b", ""}, {"c", "3"}}},
      {R"(a="say \"hi\" C:\\x" b=2)", {{"a", R"(say "hi" C:\x)"}, {"b", "2"}}},
      {R"(a="C:\dir" b=2)", {{"a", R"(C:\dir)"}, {"b", "2"}}},
      {"url=http://x/?q=1&r=2 b=2", {{"url", "http://x/?q=1&r=2"}, {"b", "2"}}},
      {"a=1\tb=2\r\n", {{"a", "1"}, {"b", "2"}}},
      {"a=1 a=2", {{"a", "1"}, {"a", "2"}}},
      {"no pairs here", {}},
      {"", {}},
      {"=x a=1", {{"a", "1"}}},
      {"x@y=1 a=1", {{"a", "1"}}},
      {"a=1 b=\"x\"y=2", {{"a", "1"}, {"b", "x"}, {"y", "2"}}},
  };
  for (const Row& row : rows) EXPECT_EQ(read(row.line), row.expected) << row.line;
}

std::string failure_of(std::string_view line) {
  Event event;
  const auto failure = read_key_values(line, {}, event);
  return failure ? std::string(failure->reason) + ": " + failure->message : "none";
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
