// SPDX-License-Identifier: Apache-2.0
#include "rules/event_view.h"

#include <cstring>

#include "core/case_fold.h"

namespace countersign {

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
  if (case_fold_ascii(text, out.data())) {
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
    if (!case_fold_ascii(text, at)) {
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
