// SPDX-License-Identifier: Apache-2.0
#include "core/case_fold.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>

namespace countersign {
namespace {

struct FoldRange {
  char32_t first;
  char32_t last;
  std::uint32_t stride;
  std::int32_t delta;
};

constexpr FoldRange kFoldRanges[] = {
#include "core/case_folding_table.inc"
};

constexpr char32_t kInvalidByteBase = 0xDC00;
constexpr std::uint64_t kEachByteOne = 0x0101010101010101ULL;
constexpr std::uint64_t kHighBits = kEachByteOne * 0x80;

bool continuation(std::string_view text, std::size_t i) {
  return i < text.size() && (static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80U;
}

/// How many bytes at the front are ASCII.
std::size_t ascii_prefix(std::string_view text) {
  std::size_t at = 0;
  for (std::uint64_t word = 0; text.size() - at >= sizeof word; at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    if ((word & kHighBits) != 0) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

char32_t low_bits(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]) & 0x3FU;
}

/// Lower case for the letters A to Z among 8 bytes of ASCII. Adding to a byte sets its high bit from one
/// letter on.
std::uint64_t fold_word(std::uint64_t word) {
  const std::uint64_t low = word & ~kHighBits;
  const std::uint64_t from_a = low + kEachByteOne * (0x80 - 'A');
  const std::uint64_t beyond_z = low + kEachByteOne * (0x7F - 'Z');
  return word | ((from_a ^ beyond_z) & kHighBits) >> 2U;
}

}  // namespace

char32_t case_fold(char32_t c) {
  if (c < 0x80) return c >= U'A' && c <= U'Z' ? c + 32 : c;
  const auto* range = std::lower_bound(std::begin(kFoldRanges), std::end(kFoldRanges), c,
                                       [](const FoldRange& r, char32_t value) { return r.last < value; });
  if (range == std::end(kFoldRanges) || c < range->first || (c - range->first) % range->stride != 0) return c;
  return static_cast<char32_t>(static_cast<std::int32_t>(c) + range->delta);
}

// Word by word, the last word over the one before it.
bool case_fold_ascii(std::string_view text, char* out) {
  std::uint64_t seen = 0;
  const auto fold = [&](std::size_t at, std::size_t size) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, size);
    seen |= word;
    word = fold_word(word);
    std::memcpy(out + at, &word, size);
  };
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  if (text.size() >= kWord) {
    for (std::size_t at = 0; at + kWord < text.size(); at += kWord) fold(at, kWord);
    fold(text.size() - kWord, kWord);
  } else if (text.size() >= kWord / 2) {
    fold(0, kWord / 2);
    fold(text.size() - kWord / 2, kWord / 2);
  } else {
    for (std::size_t at = 0; at < text.size(); ++at) fold(at, 1);
  }
  return (seen & kHighBits) == 0;
}

bool is_ascii(std::string_view text) {
  // Without a way out of the loop it is made of vector instructions.
  std::uint64_t seen = 0;
  std::size_t at = 0;
  for (std::uint64_t word = 0; text.size() - at >= sizeof word; at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    seen |= word;
  }
  for (; at < text.size(); ++at) seen |= static_cast<unsigned char>(text[at]);
  return (seen & kHighBits) == 0;
}

std::size_t decode_utf8(std::string_view text, char32_t& out) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) {
    out = lead;
    return 1;
  }
  if (lead >= 0xC2 && lead <= 0xDF && continuation(text, 1)) {
    out = (static_cast<char32_t>(lead & 0x1FU) << 6U) | low_bits(text, 1);
    return 2;
  }
  if (lead >= 0xE0 && lead <= 0xEF && continuation(text, 1) && continuation(text, 2)) {
    out = (static_cast<char32_t>(lead & 0x0FU) << 12U) | (low_bits(text, 1) << 6U) | low_bits(text, 2);
    if (out >= 0x800 && (out < 0xD800 || out > 0xDFFF)) return 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4 && continuation(text, 1) && continuation(text, 2) &&
      continuation(text, 3)) {
    out = (static_cast<char32_t>(lead & 0x07U) << 18U) | (low_bits(text, 1) << 12U) |
          (low_bits(text, 2) << 6U) | low_bits(text, 3);
    if (out >= 0x10000 && out <= 0x10FFFF) return 4;
  }
  out = kInvalidByteBase + lead;
  return 1;
}

void append_utf8(char32_t c, std::string& out) {
  if (c >= kInvalidByteBase + 0x80 && c <= kInvalidByteBase + 0xFF) {
    out.push_back(static_cast<char>(c - kInvalidByteBase));
  } else if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xC0U | (c >> 6U)));
    out.push_back(static_cast<char>(0x80U | (c & 0x3FU)));
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xE0U | (c >> 12U)));
    out.push_back(static_cast<char>(0x80U | ((c >> 6U) & 0x3FU)));
    out.push_back(static_cast<char>(0x80U | (c & 0x3FU)));
  } else {
    out.push_back(static_cast<char>(0xF0U | (c >> 18U)));
    out.push_back(static_cast<char>(0x80U | ((c >> 12U) & 0x3FU)));
    out.push_back(static_cast<char>(0x80U | ((c >> 6U) & 0x3FU)));
    out.push_back(static_cast<char>(0x80U | (c & 0x3FU)));
  }
}

void case_fold_append(std::string_view text, std::string& out) {
  while (!text.empty()) {
    const std::size_t ascii = ascii_prefix(text);
    const std::size_t before = out.size();
    out.append(text.substr(0, ascii));
    for (std::size_t i = before; i < out.size(); ++i)
      if (out[i] >= 'A' && out[i] <= 'Z') out[i] = static_cast<char>(out[i] + 32);
    text.remove_prefix(ascii);
    if (text.empty()) return;
    char32_t decoded = 0;
    text.remove_prefix(decode_utf8(text, decoded));
    append_utf8(case_fold(decoded), out);
  }
}

std::size_t place_before_folding(std::string_view text, std::size_t folded_at) {
  std::string folded;  // of one character
  std::size_t at = 0;
  while (at < text.size()) {
    char32_t decoded = 0;
    const std::size_t size = decode_utf8(text.substr(at), decoded);
    folded.clear();
    append_utf8(case_fold(decoded), folded);
    if (folded_at < folded.size()) break;
    folded_at -= folded.size();
    at += size;
  }
  return at;
}

std::string case_fold(std::string_view text) {
  std::string out;
  case_fold_append(text, out);
  return out;
}

}  // namespace countersign
