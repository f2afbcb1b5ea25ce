// SPDX-License-Identifier: Apache-2.0
#include "rules/value_encoding.h"

#include <array>

#include "core/case_fold.h"
#include "core/hash.h"

namespace countersign {
namespace {

constexpr std::array<std::string_view, 5> kDashes{"-", "/", "\u2013", "\u2014", "\u2015"};

/// Letters, digits and `_`; of what is not ASCII, all but the blocks of Latin-1 signs and of punctuation.
bool is_word(char32_t c) {
  if (c < 0x80)
    return (c >= U'0' && c <= U'9') || (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z') || c == U'_';
  return c >= 0xC0 && !(c >= 0x2000 && c <= 0x206F) && !(c >= 0x3000 && c <= 0x303F);
}

/// Byte offsets of the dashes that start an option.
std::vector<std::size_t> option_dashes(std::string_view literal) {
  std::vector<std::size_t> found;
  bool word_before = false;
  for (std::size_t i = 0; i < literal.size();) {
    char32_t c = 0;
    const std::size_t size = decode_utf8(literal.substr(i), c);
    if ((c == U'-' || c == U'/') && !word_before && i + 1 < literal.size()) {
      char32_t next = 0;
      decode_utf8(literal.substr(i + 1), next);
      if (is_word(next)) found.push_back(i);
    }
    word_before = is_word(c);
    i += size;
  }
  return found;
}

/// The text with the tokens of kind Dash where dashes start options, and how many there are.
SigmaString mark_dashes(const SigmaString& text, std::size_t& count) {
  SigmaString out;
  for (const SigmaToken& token : text.tokens()) {
    if (token.kind != SigmaToken::Kind::Literal) {
      out.append(token);
      continue;
    }
    std::size_t start = 0;
    for (const std::size_t dash : option_dashes(token.text)) {
      out.append_literal(std::string_view(token.text).substr(start, dash - start));
      out.append({SigmaToken::Kind::Dash, {}});
      ++count;
      start = dash + 1;
    }
    out.append_literal(std::string_view(token.text).substr(start));
  }
  return out;
}

}  // namespace

std::string to_utf16(std::string_view text, Utf16 form) {
  std::string out;
  const auto add_unit = [&](char32_t unit) {
    const auto low = static_cast<char>(unit & 0xFFU);
    const auto high = static_cast<char>((unit >> 8U) & 0xFFU);
    out.push_back(form == Utf16::Big ? high : low);
    out.push_back(form == Utf16::Big ? low : high);
  };
  if (form == Utf16::LittleWithMark) add_unit(0xFEFF);
  while (!text.empty()) {
    char32_t c = 0;
    text.remove_prefix(decode_utf8(text, c));
    if (c >= 0x10000) {
      add_unit(0xD800 + ((c - 0x10000) >> 10U));
      add_unit(0xDC00 + ((c - 0x10000) & 0x3FFU));
    } else {
      add_unit(c);
    }
  }
  return out;
}

std::vector<std::string> base64_offsets(std::string_view bytes) {
  constexpr std::array<std::size_t, 3> kCutFront{0, 2, 3};
  constexpr std::array<std::size_t, 3> kCutBack{0, 3, 2};  // by the length of what is encoded, modulo 3
  std::vector<std::string> out;
  for (std::size_t offset = 0; offset < 3; ++offset) {
    const std::string encoded = to_base64(std::string(offset, ' ') + std::string(bytes));
    const std::size_t back = kCutBack[(bytes.size() + offset) % 3];
    out.push_back(encoded.substr(kCutFront[offset], encoded.size() - back - kCutFront[offset]));
  }
  return out;
}

std::vector<SigmaString> windash_variants(const SigmaString& text) {
  std::size_t dashes = 0;
  const SigmaString marked = mark_dashes(text, dashes);
  std::size_t count = 1;
  for (std::size_t i = 0; i < dashes; ++i) {
    count *= kDashes.size();
    if (count > kWindashVariantsMax) return {marked};
  }
  std::vector<SigmaString> variants;
  for (std::size_t variant = 0; variant < count; ++variant) {
    SigmaString next;
    std::size_t choice = variant;
    for (const SigmaToken& token : marked.tokens()) {
      if (token.kind == SigmaToken::Kind::Dash) {
        next.append_literal(kDashes[choice % kDashes.size()]);
        choice /= kDashes.size();
      } else {
        next.append(token);
      }
    }
    variants.push_back(std::move(next));
  }
  return variants;
}

}  // namespace countersign
