// SPDX-License-Identifier: Apache-2.0
#include "rules/value_encoding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/hash.h"

namespace countersign {
namespace {

using ::testing::ElementsAre;

TEST(ValueEncoding, Utf16HasTheByteOrderAsked) {
  const auto hex = [](std::string_view text, Utf16 form) { return to_hex(as_bytes(to_utf16(text, form))); };
  EXPECT_EQ(hex("aü", Utf16::Little), "6100fc00");
  EXPECT_EQ(hex("aü", Utf16::Big), "006100fc");
  EXPECT_EQ(hex("a", Utf16::LittleWithMark), "fffe6100");
  EXPECT_EQ(hex("\U0001F600", Utf16::Little), "3dd800de");
  EXPECT_EQ(hex("\U0001F600", Utf16::Big), "d83dde00");
}

TEST(ValueEncoding, Base64OffsetsDropWhatNeighboursDecide) {
  EXPECT_THAT(base64_offsets("foobar"), ElementsAre("Zm9vYmFy", "Zvb2Jhc", "mb29iYX"));
  EXPECT_THAT(base64_offsets("/bin/bash"), ElementsAre("L2Jpbi9iYXNo", "9iaW4vYmFza", "vYmluL2Jhc2"));
}

TEST(ValueEncoding, Base64OffsetsCountBytesNotCharacters) {
  EXPECT_THAT(base64_offsets("fü"), ElementsAre("ZsO8", "bDv", "mw7"));
}

TEST(ValueEncoding, OneOffsetIsFoundWhereverTheBytesStand) {
  for (const std::string_view needle : {"ab", "abc", "abcd", "fü€", "cmd.exe /c"}) {
    const std::vector<std::string> variants = base64_offsets(needle);
    for (std::size_t before = 0; before < 7; ++before) {
      for (std::size_t behind = 0; behind < 4; ++behind) {
        for (const char filler : {'\0', 'x', '\xFF'}) {
          const std::string whole =
              to_base64(std::string(before, filler) + std::string(needle) + std::string(behind, filler));
          EXPECT_NE(whole.find(variants[before % 3]), std::string::npos) << needle << " " << whole;
        }
      }
    }
  }
}

std::vector<std::string> dashed(std::string_view text) {
  std::vector<std::string> out;
  for (const SigmaString& variant : windash_variants(SigmaString::parse(text)))
    out.push_back(variant.literal_text());
  return out;
}

TEST(ValueEncoding, WindashReplacesDashesThatStartOptions) {
  EXPECT_THAT(dashed("-f"), ElementsAre("-f", "/f", "–f", "—f", "―f"));
  EXPECT_THAT(dashed(" /c "), ElementsAre(" -c ", " /c ", " –c ", " —c ", " ―c "));
  EXPECT_EQ(dashed("-a -b").size(), 25U);
  EXPECT_EQ(dashed("--force").size(), 5U) << "only the dash before the word";
  for (const std::string_view none : {"", "foo", "foo-bar", "-", "- a", "a/", "ü-b", "a -"})
    EXPECT_THAT(dashed(none), ElementsAre(none)) << none;
  EXPECT_EQ(dashed("http://x").size(), 5U) << "as pySigma: what is before the second slash is no word";
  EXPECT_EQ(dashed("-ü").size(), 5U) << "a letter that is not ASCII is a letter";
}

TEST(ValueEncoding, WindashTreatsAWildcardAsAnEdge) {
  EXPECT_EQ(windash_variants(SigmaString::parse("a*-b")).size(), 5U);
  EXPECT_EQ(windash_variants(SigmaString::parse("-*b")).size(), 1U);
}

TEST(ValueEncoding, ManyDashesBecomeACharacterClass) {
  EXPECT_EQ(windash_variants(SigmaString::parse("-a -b -c -d")).size(), kWindashVariantsMax);
  const std::vector<SigmaString> variants = windash_variants(SigmaString::parse("-a -b -c -d -e"));
  ASSERT_EQ(variants.size(), 1U);
  EXPECT_EQ(variants.front().tokens().front().kind, SigmaToken::Kind::Dash);
}

}  // namespace
}  // namespace countersign
