// SPDX-License-Identifier: Apache-2.0
#include "ingest/duplicate_window.h"

#include <algorithm>
#include <bit>

#include "core/invariant.h"

namespace countersign {
namespace {
constexpr std::size_t kFirstKeys = 1'024;
constexpr std::size_t kSlotsPerKey = 2;
}  // namespace

DuplicateWindow::DuplicateWindow(std::size_t messages_max, std::size_t keys_max)
    : messages_max_(messages_max), keys_max_(keys_max) {
  invariant(std::has_single_bit(keys_max));
}

void DuplicateWindow::begin_batch(const MessageBatch& batch) {
  if (batch.incarnation != incarnation_ || batch.start < end_) clear();
  incarnation_ = batch.incarnation;
  end_ = batch.end;
}

void DuplicateWindow::begin_message() {
  ++message_;
  while (first_ != last_ && message_ - entry(first_).message > messages_max_) drop_oldest();
}

bool DuplicateWindow::seen(const EventKey& key) {
  const std::size_t here = slots_.empty() ? 0 : find(key);
  const bool known = !slots_.empty() && slots_[here] != 0;
  const bool before = known && entries_[slots_[here] - 1].message != message_;
  if (known && !before) return false;
  if (last_ - first_ == entries_.size()) {
    if (entries_.size() < keys_max_) {
      grow();
    } else {
      drop_oldest();
    }
  }
  const std::uint64_t place = last_ & (entries_.size() - 1);
  entries_[place] = {key, message_};
  slots_[find(key)] = static_cast<std::uint32_t>(place + 1);
  ++last_;
  return before;
}

std::uint64_t DuplicateWindow::memory_max() {
  return kDuplicateKeysMax * (sizeof(Entry) + kSlotsPerKey * sizeof(std::uint32_t));
}

void DuplicateWindow::clear() {
  std::fill(slots_.begin(), slots_.end(), 0U);
  first_ = last_ = 0;
}

/// The slot of `key`, or the free one where it belongs.
std::size_t DuplicateWindow::find(const EventKey& key) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = key[0] & mask;
  while (slots_[at] != 0 && entries_[slots_[at] - 1].key != key) at = (at + 1) & mask;
  return at;
}

void DuplicateWindow::drop_oldest() {
  const std::uint64_t place = first_ & (entries_.size() - 1);
  const std::size_t slot = find(entries_[place].key);
  // Else the key came again since.
  if (slots_[slot] == place + 1) erase(slot);
  ++first_;
}

/// Moves up what stands behind, so that find() meets no hole.
void DuplicateWindow::erase(std::size_t slot) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t hole = slot;
  for (std::size_t at = (hole + 1) & mask; slots_[at] != 0; at = (at + 1) & mask) {
    const std::size_t home = entries_[slots_[at] - 1].key[0] & mask;
    if (((at - home) & mask) < ((at - hole) & mask)) continue;
    slots_[hole] = slots_[at];
    hole = at;
  }
  slots_[hole] = 0;
}

void DuplicateWindow::grow() {
  std::vector<Entry> old;
  old.reserve(last_ - first_);
  for (std::uint64_t number = first_; number != last_; ++number) old.push_back(entry(number));
  const std::size_t size = std::min(keys_max_, std::max(kFirstKeys, 2 * entries_.size()));
  entries_.assign(size, Entry{});
  slots_.assign(kSlotsPerKey * size, 0U);
  first_ = 0;
  last_ = old.size();
  // A later place of the same key replaces the earlier one.
  for (std::size_t place = 0; place < old.size(); ++place) {
    entries_[place] = old[place];
    slots_[find(old[place].key)] = static_cast<std::uint32_t>(place + 1);
  }
}

}  // namespace countersign
