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
  arena_.clear();
}

EventView::Slot EventView::find(FieldId field) {
  Slot& slot = slots_[field];
  if (slot.epoch == epoch_) return slot;
  slot.epoch = epoch_;
  slot.first = static_cast<std::uint32_t>(indices_.size());
  event_->each_field((*fields_)[field], [&](const Field& found) {
    indices_.push_back(static_cast<std::uint32_t>(&found - event_->fields().data()));
    return true;
  });
  slot.count = static_cast<std::uint32_t>(indices_.size()) - slot.first;
  return slot;
}

std::string_view EventView::folded(std::uint32_t index) {
  std::string_view& slot = folded_[index];
  if (slot.data() != nullptr) return slot;
  scratch_.clear();
  case_fold_append(value(index).text, scratch_);
  slot = scratch_.empty() ? std::string_view("") : arena_.store(scratch_);
  return slot;
}

}  // namespace countersign
