// SPDX-License-Identifier: Apache-2.0
#include "core/case_fold.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

struct FoldCase {
  const char* text;
  const char* folded;
};

// Expectations are Unicode's CaseFolding.txt, status C and S.
const FoldCase kFoldCases[] = {
    {"PowerShell.EXE", "powershell.exe"},
    {"ÄÖÜ", "äöü"},
    {"ẞ", "ß"},  // U+1E9E folds simply to ß, never to ss
    {"ß", "ß"},  // full folding would give ss
    {"İ", "İ"},  // U+0130 has no simple folding
    {"I", "i"},  // never the Turkish ı
    {"ΣΑΣ", "σασ"},
    {"ς", "σ"},       // final sigma
    {"\u212A", "k"},  // Kelvin sign
    {"\u2126", "ω"},  // Ohm sign
    {"Ǆ", "ǆ"},
    {"ǅ", "ǆ"},
    {"ᾈ", "ᾀ"},  // status S
    {"Ꭰ", "Ꭰ"},  // Cherokee folds to upper case
    {"ꭰ", "Ꭰ"},
    {"𐐀", "𐐨"},  // outside the basic plane
    {"日本", "日本"},
};

TEST(CaseFold, IsSimpleFoldingOfUnicode) {
  for (const FoldCase& c : kFoldCases) EXPECT_EQ(case_fold(c.text), c.folded) << c.text;
}

TEST(CaseFold, KeepsBytesThatAreNotUtf8) {
  const std::string broken = "A\xFF\xC0\x80Z\xE2\x82";
  EXPECT_EQ(case_fold(broken), "a\xFF\xC0\x80z\xE2\x82");
}

TEST(CaseFold, FoldingTwiceChangesNothing) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    ASSERT_EQ(case_fold(case_fold(c)), case_fold(c)) << static_cast<std::uint32_t>(c);
  }
}

TEST(CaseFold, APlaceInTheFoldedTextIsFoundInTheText) {
  // The Kelvin sign has three bytes and folds to one; U+023A has two and folds to three.
  const std::string text = "a\u212Ab\u023Ac\xFF";
  ASSERT_EQ(case_fold(text), "akb\u2C65c\xFF");
  const std::size_t places[] = {0, 1, 4, 5, 5, 5, 7, 8, 9, 9};
  for (std::size_t at = 0; at < std::size(places); ++at)
    EXPECT_EQ(place_before_folding(text, at), places[at]) << at;
}

TEST(DecodeUtf8, RoundTripsEveryCharacter) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    std::string text;
    append_utf8(c, text);
    char32_t back = 0;
    ASSERT_EQ(decode_utf8(text, back), text.size());
    ASSERT_EQ(back, c);
  }
}

TEST(DecodeUtf8, RefusesOverlongFormsAndSurrogatesByteByByte) {
  for (const char* text :
       {"\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80"}) {
    char32_t c = 0;
    EXPECT_EQ(decode_utf8(text, c), 1U);
  }
}

}  // namespace
}  // namespace countersign
