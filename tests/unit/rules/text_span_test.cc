// SPDX-License-Identifier: Apache-2.0
#include "rules/text_span.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

#include "core/case_fold.h"
#include "core/utf8_cut.h"

namespace countersign {
namespace {

/// The excerpt with its place in brackets.
std::string marked(std::string_view text, std::optional<TextSpan> span, std::size_t bytes_max) {
  const Excerpt excerpt = excerpt_of(text, span, bytes_max);
  std::string out(text.substr(excerpt.shown.begin, excerpt.shown.end - excerpt.shown.begin));
  if (!excerpt.span) return out;
  out.insert(excerpt.span->end, "]");
  out.insert(excerpt.span->begin, "[");
  return out;
}

TEST(TextSpan, AnExcerptHasThePlaceAndWhatIsAroundIt) {
  EXPECT_EQ(marked("0123456789", {}, 10), "0123456789");
  EXPECT_EQ(marked("0123456789", {}, 4), "0123");
  EXPECT_EQ(marked("0123456789", TextSpan{1, 3}, 4), "0[12]3");
  EXPECT_EQ(marked("0123456789", TextSpan{2, 4}, 4), "01[23]");
  EXPECT_EQ(marked("0123456789", TextSpan{4, 6}, 4), "3[45]6");
  EXPECT_EQ(marked("0123456789", TextSpan{9, 10}, 4), "678[9]");
  EXPECT_EQ(marked("0123456789", TextSpan{2, 9}, 4), "[2345]");
  EXPECT_EQ(marked("0123456789", TextSpan{0, 10}, 4), "[0123]");
  EXPECT_EQ(marked("0123456789", TextSpan{7, 7}, 4), "56[]78");
}

TEST(TextSpan, AnExcerptOfRandomTextCutsNoCharacterAndKeepsAPlaceThatFits) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const std::u32string alphabet = U"aß€😀";
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (std::size_t i = random() % 30; i > 0; --i) append_utf8(alphabet[random() % 4], text);
    const std::size_t a = character_start(text, random() % (text.size() + 1));
    const std::size_t b = character_start(text, random() % (text.size() + 1));
    const TextSpan span{std::min(a, b), std::max(a, b)};
    const std::size_t most = 4 + random() % 20;
    const Excerpt excerpt = excerpt_of(text, span, most);
    const TextSpan shown = excerpt.shown;
    SCOPED_TRACE(text + " " + std::to_string(span.begin) + " " + std::to_string(span.end));
    ASSERT_LE(shown.end - shown.begin, most);
    ASSERT_EQ(character_start(text, shown.begin), shown.begin);
    ASSERT_EQ(character_start(text, shown.end), shown.end);
    if (text.size() <= most) {
      ASSERT_EQ(shown, (TextSpan{0, text.size()}));
    }
    if (span.end - span.begin <= most) {
      ASSERT_EQ(shown.begin + excerpt.span->begin, span.begin);
      ASSERT_EQ(shown.begin + excerpt.span->end, span.end);
    }
  }
}

}  // namespace
}  // namespace countersign
