// SPDX-License-Identifier: Apache-2.0
#include "rules/event_view.h"

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
  // Nearly all values are ASCII: this loop is made of vector instructions, and the exact one is for the rest.
  const std::span<char> out = arena_.allocate(text.size());
  unsigned char seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    seen |= c;
    out[i] = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  }
  if (seen < 0x80) {
    slot = {out.data(), out.size()};
  } else {
    scratch_.clear();
    case_fold_append(text, scratch_);
    slot = arena_.store(scratch_);
  }
  return slot;
}

const BigramSet& EventView::make_pairs(std::uint32_t index) {
  if (pair_sets_used_ == pair_sets_.size()) pair_sets_.emplace_back();
  BigramSet& set = pair_sets_[pair_sets_used_++];
  set.assign(folded(index));
  pair_slots_[index] = static_cast<std::uint32_t>(pair_sets_used_);
  return set;
}

}  // namespace countersign
