// SPDX-License-Identifier: Apache-2.0
#include "ingest/formats/key_value.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

namespace countersign {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs read(std::string_view line, const KeyValueSyntax& syntax = {}, PairNames* names = nullptr) {
  Event event;
  const DecodeLimits limits;
  TextFields fields(event, limits, 0, names);
  const TextRead done = read_key_values(line, syntax, fields);
  EXPECT_FALSE(done.failure) << line;
  Pairs out;
  for (const Field& field : event.fields()) {
    EXPECT_EQ(field.value.type, ValueType::String);
    EXPECT_EQ(field.hash, FieldKey::hash_of(field.name)) << field.name;
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

TEST(KeyValue, AReaderThatHasReadOtherLinesReadsTheSame) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  const auto below = [&](std::size_t bound) { return random() % bound; };
  const std::vector<std::string> names = {"a",       "ab",       "abc",
                                          "abcdefg", "abcdefgh", "abcdefghi",
                                          "src-ip",  "x/y:z.w",  std::string(PairNames::kBytesMax - 1, 'n'),
                                          "made-up", "abcdefgi", std::string(PairNames::kBytesMax, 'n')};
  const std::vector<std::string> values = {"1", "", "\"two words\"", "'one'", "\"a \\\"b\\\"\"", "x=y"};
  for (const KeyValueSyntax& syntax :
       {KeyValueSyntax{}, KeyValueSyntax{"", ": "}, KeyValueSyntax{"", "=>"}}) {
    PairNames known;
    for (int round = 0; round < 2'000; ++round) {
      std::string line;
      // Mostly in one order, as a source writes them; now and then a name that nobody has seen, or a word.
      for (std::size_t i = below(3); i < names.size(); i += 1 + below(20) / 18) {
        line += below(30) == 0 ? fmt::format("k{}", random()) : names[i];
        if (below(30) != 0) line += syntax.between_key_and_value + values[below(values.size())];
        line += below(30) == 0 ? "\t " : " ";
      }
      line.resize(line.size() - below(2));
      ASSERT_EQ(read(line, syntax, &known), read(line, syntax)) << line;
    }
  }
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
