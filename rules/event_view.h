// SPDX-License-Identifier: Apache-2.0
// An event as rules look at it: the values of each field found once, each value folded at most once, on
// demand. One thread; reused from event to event, so that a warm view allocates nothing.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "core/arena.h"
#include "core/event.h"
#include "rules/compiled_rule.h"

namespace countersign {

class EventView {
 public:
  explicit EventView(const std::vector<FieldKey>& fields);

  /// `event` must stay unchanged until the next reset().
  void reset(const Event& event);

  /// Calls `visit(index)` for the index (into the event's fields) of each value of the field, until it
  /// returns true; returns whether it did.
  template <class Visit>
  bool any_value(FieldId field, Visit visit) {
    const Slot slot = find(field);
    for (std::uint32_t i = slot.first; i < slot.first + slot.count; ++i)
      if (visit(indices_[i])) return true;
    return false;
  }
  bool has(FieldId field) { return find(field).count != 0; }

  const Event& event() const { return *event_; }
  const Value& value(std::uint32_t index) const { return event_->fields()[index].value; }
  /// The value's text, case-folded.
  std::string_view folded(std::uint32_t index) {
    return folded_[index].data() != nullptr ? folded_[index] : fold(index);
  }
  /// The folded texts that keywords are searched in, one after the other with a byte between them. REQUIRES:
  /// called before folded(), at most once per event.
  std::string_view fold_all();
  /// The pairs of bytes in it; null as long as so few ask that making them would cost more than it saves.
  const BigramSet* pairs(std::uint32_t index) {
    std::uint32_t& slot = pair_slots_[index];
    if (slot >= kSearchesBeforePairs) return &pair_sets_[slot - kSearchesBeforePairs];
    return ++slot == kSearchesBeforePairs ? &make_pairs(index) : nullptr;
  }

 private:
  // Making the pairs of a value costs about as much as searching it as often.
  static constexpr std::uint32_t kSearchesBeforePairs = 12;

  struct Slot {
    std::uint64_t epoch = 0;
    std::uint32_t first = 0;
    std::uint32_t count = 0;
  };
  Slot find(FieldId field) {
    const Slot& slot = slots_[field];
    return slot.epoch == epoch_ ? slot : look_up(field);
  }
  Slot look_up(FieldId field);
  std::string_view fold(std::uint32_t index);
  const BigramSet& make_pairs(std::uint32_t index);

  const std::vector<FieldKey>* fields_;
  const Event* event_ = nullptr;
  std::uint64_t epoch_ = 0;
  std::vector<Slot> slots_;               // by FieldId; counts only when its epoch is the event's
  std::vector<std::uint32_t> indices_;    // of the values of the fields found so far
  std::vector<std::string_view> folded_;  // by index; data() == nullptr: not folded yet
  // By index: how often they were asked for, then their place in pair_sets_ + kSearchesBeforePairs.
  std::vector<std::uint32_t> pair_slots_;
  std::deque<BigramSet> pair_sets_;  // the first pair_sets_used_ belong to this event
  std::size_t pair_sets_used_ = 0;
  Arena arena_;
  std::string scratch_;
};

/// True for values that keywords are searched in: texts and numbers, each under its first name only.
inline bool is_keyword_target(const Field& field) {
  return !field.alias && (field.value.type == ValueType::String || field.value.is_number());
}

/// True for values that have a text: everything but null and containers.
inline bool has_text(const Value& value) { return value.is_scalar() && value.type != ValueType::Null; }

}  // namespace countersign
