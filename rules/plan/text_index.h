// SPDX-License-Identifier: Apache-2.0
// Finds which of many texts a value equals, starts with or ends with, and which texts of the form
// `algorithm=hex` it holds: one look into a table for the last 8 bytes of the value, one for its first 8, one
// for the 8 bytes behind each `=`, however many texts there are. Shorter texts have tables of their own by
// length. Immutable once built; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace countersign {

struct IndexedText {
  enum class Where : std::uint8_t { Equal, Prefix, Suffix, Anchored };
  Where where = Where::Equal;
  std::string text;
  std::uint32_t id = 0;
};

/// True for `md5=0123…` and the like: such a text may stand anywhere (Where::Anchored).
bool is_anchored_text(std::string_view text);

class TextIndex {
 public:
  TextIndex() = default;
  explicit TextIndex(std::vector<IndexedText> texts);

  bool empty() const { return texts_.empty(); }

  /// Calls `hit(id)` for each text that fits; once, but for anchored ones, which may stand there repeatedly.
  template <class Hit>
  void find(std::string_view value, Hit hit) const {
    if (value.empty()) {
      for (const std::uint32_t id : empty_texts_) hit(id);
      return;
    }
    find_at(ends_, value, last_word(value), hit);
    find_at(starts_, value, first_word(value), hit);
    if (!anchored_.slots.empty()) find_anchored(value, hit);
  }

 private:
  static constexpr std::size_t kWord = 8;

  struct Slot {
    std::uint64_t key = 0;
    std::uint32_t first = 0;
    std::uint32_t count = 0;  // 0: no texts with this key
  };
  /// Texts by a key of `bytes` bytes, which stand in the high end of the word.
  struct Table {
    std::vector<Slot> slots;  // a power of two, at most half of them taken
    unsigned bytes = 0;
    unsigned shift = 0;
    const Slot* find(std::uint64_t key) const {
      for (std::size_t at = (key * kSpread) >> shift;; at = (at + 1) & (slots.size() - 1)) {
        const Slot& slot = slots[at];
        if (slot.count == 0) return nullptr;
        if (slot.key == key) return &slot;
      }
    }
  };
  static constexpr std::uint64_t kSpread =
      0x9E3779B97F4A7C15ULL;  // the golden ratio, as in Fibonacci hashing

  Table make_table(unsigned bytes, const std::vector<std::pair<std::uint64_t, std::uint32_t>>& keys);
  std::vector<Table> make_tables(bool at_end);
  static std::uint64_t key_at_end(std::string_view text, unsigned bytes);
  static std::uint64_t key_at_start(std::string_view text, unsigned bytes);

  /// The last bytes, the last one highest; shorter values leave the low end zero.
  static std::uint64_t last_word(std::string_view value) {
    std::uint64_t word = 0;
    if (value.size() >= kWord) {
      std::memcpy(&word, value.data() + value.size() - kWord, kWord);
      return word;
    }
    std::memcpy(reinterpret_cast<char*>(&word) + kWord - value.size(), value.data(), value.size());
    return word;
  }
  /// The first bytes, the first one lowest; shorter values leave the high end zero.
  static std::uint64_t first_word(std::string_view value) {
    std::uint64_t word = 0;
    std::memcpy(&word, value.data(), value.size() < kWord ? value.size() : kWord);
    return word;
  }

  template <class Hit>
  void find_at(const std::vector<Table>& tables, std::string_view value, std::uint64_t word, Hit hit) const {
    const bool at_end = &tables == &ends_;
    for (const Table& table : tables) {
      if (value.size() < table.bytes) continue;
      const unsigned unused = 64 - 8 * table.bytes;
      const Slot* slot = table.find(at_end ? word >> unused : word << unused);
      if (slot == nullptr) continue;
      for (std::uint32_t i = slot->first; i < slot->first + slot->count; ++i) {
        const IndexedText& text = texts_[order_[i]];
        if (fits(text, value)) hit(text.id);
      }
    }
  }

  static bool fits(const IndexedText& text, std::string_view value) {
    switch (text.where) {
      case IndexedText::Where::Equal: return value == text.text;
      case IndexedText::Where::Prefix: return value.starts_with(text.text);
      case IndexedText::Where::Suffix: return value.ends_with(text.text);
      case IndexedText::Where::Anchored: return false;
    }
    return false;
  }

  template <class Hit>
  void find_anchored(std::string_view value, Hit hit) const {
    for (std::size_t at = value.find('='); at != std::string_view::npos; at = value.find('=', at + 1)) {
      if (value.size() - at - 1 < kWord) return;
      const Slot* slot = anchored_.find(first_word(value.substr(at + 1)));
      if (slot == nullptr) continue;
      for (std::uint32_t i = slot->first; i < slot->first + slot->count; ++i) {
        const IndexedText& text = texts_[order_[i]];
        const std::size_t before = text.text.find('=');
        if (before <= at && value.substr(at - before).starts_with(text.text)) hit(text.id);
      }
    }
  }

  std::vector<IndexedText> texts_;
  std::vector<std::uint32_t> order_;  // indices into texts_; slots hold ranges of it
  std::vector<Table> ends_;           // Equal and Suffix
  std::vector<Table> starts_;         // Prefix
  Table anchored_;
  std::vector<std::uint32_t> empty_texts_;
};

}  // namespace countersign
