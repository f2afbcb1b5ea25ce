// SPDX-License-Identifier: Apache-2.0
#include "rules/sigma_string.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

/// Literals in brackets, wildcards bare: `[a\b]*`.
std::string show(const SigmaString& string) {
  std::string out;
  for (const SigmaToken& token : string.tokens()) {
    switch (token.kind) {
      case SigmaToken::Kind::Literal: out += "[" + token.text + "]"; break;
      case SigmaToken::Kind::AnyRun: out += "*"; break;
      case SigmaToken::Kind::OneChar: out += "?"; break;
      case SigmaToken::Kind::Dash: out += "-"; break;
    }
  }
  return out;
}

TEST(SigmaString, EscapesAndWildcardsBecomeTokens) {
  struct Row {
    std::string_view text;
    std::string_view tokens;
  };
  const Row rows[] = {
      {"", ""},
      {"plain", "[plain]"},
      {R"(a\b)", R"([a\b])"},
      {R"(a\\b)", R"([a\b])"},
      {R"(\*)", "[*]"},
      {R"(\?)", "[?]"},
      {R"(\\*)", R"([\]*)"},
      {R"(\\\*)", R"([\*])"},
      {R"(\\\\)", R"([\\])"},
      {R"(\\\\*)", R"([\\]*)"},
      {R"(C:\Windows\*)", R"([C:\Windows*])"},
      {R"(C:\Windows\\*)", R"([C:\Windows\]*)"},
      {R"(\\?\C:)", R"([\]?[\C:])"},
      {R"(\\\\server)", R"([\\server])"},
      {R"(ends\)", R"([ends\])"},
      {R"(ends\\)", R"([ends\])"},
      {"*", "*"},
      {"**", "*"},
      {"?*?", "?*?"},
      {"a*b?c", "[a]*[b]?[c]"},
      {R"(\\\?x)", R"([\?x])"},
      {"ü*", "[ü]*"},
  };
  for (const Row& row : rows) EXPECT_EQ(show(SigmaString::parse(row.text)), row.tokens) << row.text;
}

TEST(SigmaString, OpeningTheEndsKeepsALiteralBackslash) {
  SigmaString string = SigmaString::parse(R"(\temp\)");
  string.open_start();
  string.open_end();
  EXPECT_EQ(show(string), R"(*[\temp\]*)");
  string.open_start();
  string.open_end();
  EXPECT_EQ(show(string), R"(*[\temp\]*)") << "an open end is not opened twice";
}

TEST(SigmaString, AnEmptyTextOpensToOneWildcard) {
  SigmaString string = SigmaString::parse("");
  string.open_start();
  string.open_end();
  EXPECT_EQ(show(string), "*");
}

TEST(SigmaString, ALiteralHoldsWildcardCharactersAsTheyAre) {
  const SigmaString string = SigmaString::literal("a*?\\");
  EXPECT_FALSE(string.has_wildcards());
  EXPECT_EQ(string.literal_text(), "a*?\\");
}

}  // namespace
}  // namespace countersign
