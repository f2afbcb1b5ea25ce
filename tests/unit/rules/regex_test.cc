// SPDX-License-Identifier: Apache-2.0
// What makes expressions faster never changes what they find: RE2 itself is the judge.
#include "rules/regex.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

#include "core/case_fold.h"
#include "core/random.h"

namespace countersign {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

Regex compile(const std::string& pattern, const RegexFlags& flags = {}) {
  Result<Regex> regex = Regex::compile(pattern, flags);
  if (!regex) throw std::runtime_error(regex.error().message);
  return *regex;
}

TEST(Regex, RequiredTextsAreALeastSetOfWhatMustStandThere) {
  EXPECT_THAT(compile("abc|def").required_texts(), UnorderedElementsAre("abc", "def"));
  EXPECT_THAT(compile("(?i)PowerShell.*-enc").required_texts(), ElementsAre("powershell"));
  EXPECT_THAT(compile("ab|cde").required_texts(), IsEmpty()) << "two bytes are too short";
  EXPECT_THAT(compile("x*").required_texts(), IsEmpty());
  EXPECT_THAT(compile(".*").required_texts(), IsEmpty());
}

/// Whatever is found holds a required text, and RE2 says the same.
void expect_sound(const std::string& pattern, const RegexFlags& flags, const std::string& value) {
  const Regex regex = compile(pattern, flags);
  re2::RE2::Options options;
  options.set_case_sensitive(!flags.ignore_case);
  options.set_dot_nl(flags.dot_all);
  const bool expected = re2::RE2::PartialMatch(value, re2::RE2(pattern, options));
  ASSERT_EQ(regex.found_in(value), expected) << pattern << " in " << value;
  const std::vector<std::string> texts = regex.required_texts();
  if (!expected || texts.empty()) return;
  const std::string folded = case_fold(value);
  bool found = false;
  for (const std::string& text : texts) found = found || folded.find(text) != std::string::npos;
  ASSERT_TRUE(found) << pattern << " in " << value;
}

TEST(Regex, LettersThatFoldToAsciiAreRequiredToo) {
  expect_sound("(?i)kiss", {}, "\u212Ai\u017Fs");
  expect_sound("kiss", {.ignore_case = true}, "\u212Ai\u017Fs");
}

TEST(Regex, AgreesWithRe2OnRandomExpressionsAndTexts) {
  std::mt19937_64 random(20'261'125);
  const auto pick = [&](const auto& from) { return from[random() % std::size(from)]; };
  const std::string_view parts[] = {"a",   "b", "K",  "`",     "$",   "\\$\\{",   "\\w+",
                                    "\\s", ".", ".*", "[a-c]", "abc", "(?:ab|c)", "b?",
                                    "\\b", "^", "$",  "x{2}",  "-",   "[^b]",     "k"};
  const std::string_view texts[] = {"a", "b", "c",   "k", "K",  "`",      "$", "${",
                                    "-", " ", "abc", "x", "xx", "\u212A", "\n"};
  for (int round = 0; round < 3'000; ++round) {
    std::string pattern;
    for (std::size_t i = 1 + random() % 5; i > 0; --i) {
      pattern += pick(parts);
      if (random() % 6 == 0 && i > 1) pattern += "|";
    }
    const RegexFlags flags{random() % 3 == 0, false, random() % 3 == 0};
    if (!Regex::compile(pattern, flags)) continue;
    for (int value = 0; value < 20; ++value) {
      std::string text;
      for (std::size_t i = random() % 8; i > 0; --i) text += pick(texts);
      expect_sound(pattern, flags, text);
      if (HasFatalFailure()) return;
    }
  }
}

TEST(Regex, ALeastLengthIsCountedInCharactersOfOneLine) {
  std::mt19937_64 random(20'261'125);
  const std::string_view texts[] = {"a", "\u00e9", "\u20ac", "\U0001F600", "\n", "aaaa", "\xff", "\xe2\x82"};
  for (int round = 0; round < 5'000; ++round) {
    std::string text;
    for (std::size_t i = random() % 12; i > 0; --i) text += texts[random() % std::size(texts)];
    expect_sound(".{5,}", {false, false, random() % 2 == 0}, text);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace countersign
