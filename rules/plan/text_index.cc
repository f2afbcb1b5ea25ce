// SPDX-License-Identifier: Apache-2.0
#include "rules/plan/text_index.h"

#include <algorithm>
#include <bit>
#include <map>

namespace countersign {
namespace {

static_assert(std::endian::native == std::endian::little, "keys are cut from words by shifting");

constexpr std::size_t kKeyBytes = 8;

using Where = IndexedText::Where;
using Keys = std::vector<std::pair<std::uint64_t, std::uint32_t>>;  // key, index of the text

}  // namespace

bool is_anchored_text(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0 || text.size() - equals - 1 < kKeyBytes) return false;
  const auto is_word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const auto is_hex = [](char c) { return (c >= 'a' && c <= 'f') || (c >= '0' && c <= '9'); };
  return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(equals), is_word) &&
         std::all_of(text.begin() + static_cast<std::ptrdiff_t>(equals) + 1, text.end(), is_hex);
}

TextIndex::TextIndex(std::vector<IndexedText> texts) : texts_(std::move(texts)) {
  for (const IndexedText& text : texts_)
    if (text.text.empty()) empty_texts_.push_back(text.id);
  ends_ = make_tables(true);
  starts_ = make_tables(false);
  Keys anchored;
  for (std::uint32_t i = 0; i < texts_.size(); ++i)
    if (texts_[i].where == Where::Anchored) {
      const std::string_view text = texts_[i].text;
      anchored.emplace_back(first_word(text.substr(text.find('=') + 1)), i);
    }
  if (!anchored.empty()) anchored_ = make_table(kWord, anchored);
}

std::uint64_t TextIndex::key_at_end(std::string_view text, unsigned bytes) {
  return last_word(text) >> (64 - 8 * bytes);
}

std::uint64_t TextIndex::key_at_start(std::string_view text, unsigned bytes) {
  return first_word(text) << (64 - 8 * bytes);
}

std::vector<TextIndex::Table> TextIndex::make_tables(bool at_end) {
  std::map<unsigned, Keys> by_bytes;
  for (std::uint32_t i = 0; i < texts_.size(); ++i) {
    const IndexedText& text = texts_[i];
    const bool prefix = text.where == Where::Prefix;
    if (text.text.empty() || text.where == Where::Anchored || prefix == at_end) continue;
    const auto bytes = static_cast<unsigned>(std::min(text.text.size(), kWord));
    by_bytes[bytes].emplace_back(at_end ? key_at_end(text.text, bytes) : key_at_start(text.text, bytes), i);
  }
  std::vector<Table> tables;
  for (const auto& [bytes, keys] : by_bytes) tables.push_back(make_table(bytes, keys));
  return tables;
}

TextIndex::Table TextIndex::make_table(unsigned bytes, const Keys& keys) {
  Keys sorted = keys;
  std::sort(sorted.begin(), sorted.end());
  Table table;
  table.bytes = bytes;
  const unsigned bits = static_cast<unsigned>(std::bit_width(sorted.size() * 2));
  table.shift = 64 - bits;
  table.slots.resize(std::size_t{1} << bits);
  for (std::size_t i = 0; i < sorted.size();) {
    const auto first = static_cast<std::uint32_t>(order_.size());
    const std::uint64_t key = sorted[i].first;
    for (; i < sorted.size() && sorted[i].first == key; ++i) order_.push_back(sorted[i].second);
    std::size_t at = (key * kSpread) >> table.shift;
    while (table.slots[at].count != 0) at = (at + 1) & (table.slots.size() - 1);
    table.slots[at] = {key, first, static_cast<std::uint32_t>(order_.size()) - first};
  }
  return table;
}

}  // namespace countersign
