// SPDX-License-Identifier: Apache-2.0
#include "rules/pattern.h"

#include <random>

#include <gtest/gtest.h>

#include "core/case_fold.h"

namespace countersign {
namespace {

using Shape = Pattern::Shape;

TEST(Pattern, SimpleShapesNeedNoWildcardMatching) {
  struct Row {
    std::string_view text;
    Shape shape;
    std::string_view literal;
  };
  const Row rows[] = {
      {"", Shape::Equal, ""},         {"AbC", Shape::Equal, "abc"}, {"AbC*", Shape::Prefix, "abc"},
      {"*AbC", Shape::Suffix, "abc"}, {"*", Shape::Any, ""},        {"*AbC*", Shape::Contains, "abc"},
      {"a*c", Shape::Tokens, "a"},    {"?", Shape::Tokens, ""},     {"*a?bc", Shape::Tokens, "bc"},
      {"ÄÖ*", Shape::Prefix, "äö"},
  };
  for (const Row& row : rows) {
    const Pattern pattern(SigmaString::parse(row.text), false);
    EXPECT_EQ(pattern.shape(), row.shape) << row.text;
    EXPECT_EQ(pattern.literal(), row.literal) << row.text;
  }
}

TEST(Pattern, ACasedPatternKeepsItsLetters) {
  EXPECT_EQ(Pattern(SigmaString::parse("AbC"), true).literal(), "AbC");
}

TEST(Pattern, WildcardsMatchTheWholeValue) {
  struct Row {
    std::string_view text;
    std::string_view value;
    bool matches;
  };
  const Row rows[] = {
      {"a*c", "ac", true},     {"a*c", "abbbc", true},        {"a*c", "abbb", false},
      {"a*c", "xac", false},   {"a*c", "acx", false},         {"a*c", "a\nb\nc", true},
      {"a?c", "abc", true},    {"a?c", "ac", false},          {"a?c", "abbc", false},
      {"a?c", "aüc", true},    {"a?c", "a\U0001F600c", true}, {"a??c", "aüc", false},
      {"??", "ü", false},      {"*ab*ab", "abab", true},      {"*ab*ab", "ab", false},
      {"*aab", "aaaab", true}, {"a*b*c*d", "a1b2c3d", true},  {"a*b*c*d", "a1c2b3d", false},
      {"a*?", "a", false},     {"a*?", "ab", true},           {"*?*", "", false},
      {"*?*", "x", true},      {R"(\*?)", "*x", true},        {R"(\*?)", "xx", false},
  };
  for (const Row& row : rows)
    EXPECT_EQ(Pattern(SigmaString::parse(row.text), false).matches(row.value), row.matches)
        << row.text << " on " << row.value;
}

/// The definition of matching, with no cleverness at all.
bool model(const std::vector<SigmaToken>& tokens, std::size_t at, std::u32string_view value) {
  if (at == tokens.size()) return value.empty();
  const SigmaToken& token = tokens[at];
  if (token.kind == SigmaToken::Kind::AnyRun) {
    for (std::size_t skip = 0; skip <= value.size(); ++skip)
      if (model(tokens, at + 1, value.substr(skip))) return true;
    return false;
  }
  if (token.kind == SigmaToken::Kind::OneChar)
    return !value.empty() && model(tokens, at + 1, value.substr(1));
  std::string_view literal = token.text;
  while (!literal.empty()) {
    char32_t c = 0;
    literal.remove_prefix(decode_utf8(literal, c));
    if (value.empty() || value.front() != c) return false;
    value.remove_prefix(1);
  }
  return model(tokens, at + 1, value);
}

TEST(Pattern, AgreesWithTheDefinitionOnRandomTexts) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const std::u32string alphabet = U"abüß";
  const auto pick = [&](std::size_t below) { return static_cast<std::size_t>(random()) % below; };
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (std::size_t i = pick(8); i > 0; --i) {
      const std::size_t kind = pick(6);
      if (kind == 0) text += '*';
      if (kind == 1) text += '?';
      if (kind > 1) append_utf8(alphabet[pick(4)], text);
    }
    std::string value;
    std::u32string characters;
    for (std::size_t i = pick(9); i > 0; --i) {
      characters += alphabet[pick(4)];
      append_utf8(characters.back(), value);
    }
    const SigmaString string = SigmaString::parse(text);
    ASSERT_EQ(Pattern(string, true).matches(value), model(string.tokens(), 0, characters))
        << text << " on " << value;
  }
}

}  // namespace
}  // namespace countersign
