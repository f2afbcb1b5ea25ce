// SPDX-License-Identifier: Apache-2.0
#include "rules/event_view.h"

#include <cstring>

#include "core/case_fold.h"

namespace countersign {
namespace {

constexpr std::uint64_t kEachByteOne = 0x0101010101010101ULL;
constexpr std::uint64_t kHighBits = kEachByteOne * 0x80;

/// Lower case for the letters A to Z among 8 bytes of ASCII. Adding to a byte sets its high bit from one
/// letter on.
std::uint64_t fold_word(std::uint64_t word) {
  const std::uint64_t low = word & ~kHighBits;
  const std::uint64_t from_a = low + kEachByteOne * (0x80 - 'A');
  const std::uint64_t beyond_z = low + kEachByteOne * (0x7F - 'Z');
  return word | ((from_a ^ beyond_z) & kHighBits) >> 2U;
}

/// Nearly all values are ASCII: they are folded word by word, the last word over the one before it. False:
/// `text` holds other characters, and what was written is of no use.
bool fold_ascii(std::string_view text, char* out) {
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

}  // namespace

EventView::EventView(const std::vector<FieldKey>& fields) : fields_(&fields), slots_(fields.size()) {}

void EventView::reset(const Event& event) {
  event_ = &event;
  ++epoch_;
  indices_.clear();
  folded_.assign(event.fields().size(), {});
  pair_slots_.assign(event.fields().size(), 0);
  pair_sets_used_ = 0;
  arena_.clear();
}

EventView::Slot EventView::look_up(FieldId field) {
  Slot& slot = slots_[field];
  slot.epoch = epoch_;
  slot.first = static_cast<std::uint32_t>(indices_.size());
  event_->each_field((*fields_)[field], [&](const Field& found) {
    indices_.push_back(static_cast<std::uint32_t>(&found - event_->fields().data()));
    return true;
  });
  slot.count = static_cast<std::uint32_t>(indices_.size()) - slot.first;
  return slot;
}

std::string_view EventView::fold(std::uint32_t index) {
  std::string_view& slot = folded_[index];
  const std::string_view text = value(index).text;
  slot = std::string_view("");
  if (text.empty()) return slot;
  const std::span<char> out = arena_.allocate(text.size());
  if (fold_ascii(text, out.data())) {
    slot = {out.data(), out.size()};
  } else {
    scratch_.clear();
    case_fold_append(text, scratch_);
    slot = arena_.store(scratch_);
  }
  return slot;
}

std::string_view EventView::fold_all() {
  const std::span<const Field> fields = event_->fields();
  std::size_t room = 0;
  // A character's folded form may be longer, by half at most (U+023A has two bytes, U+2C65 three).
  for (const Field& field : fields)
    if (is_keyword_target(field)) room += field.value.text.size() + field.value.text.size() / 2 + 1;
  if (room == 0) return {};
  char* const start = arena_.allocate(room).data();
  char* at = start;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!is_keyword_target(fields[i])) continue;
    const std::string_view text = fields[i].value.text;
    std::size_t size = text.size();
    if (!fold_ascii(text, at)) {
      scratch_.clear();
      case_fold_append(text, scratch_);
      size = scratch_.size();
      std::memcpy(at, scratch_.data(), size);
    }
    folded_[i] = {at, size};
    at += size;
    *at++ = '\0';
  }
  return {start, static_cast<std::size_t>(at - start)};
}

const BigramSet& EventView::make_pairs(std::uint32_t index) {
  if (pair_sets_used_ == pair_sets_.size()) pair_sets_.emplace_back();
  BigramSet& set = pair_sets_[pair_sets_used_++];
  set.assign(folded(index));
  pair_slots_[index] = static_cast<std::uint32_t>(pair_sets_used_ - 1) + kSearchesBeforePairs;
  return set;
}

}  // namespace countersign
