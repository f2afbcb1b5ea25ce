// SPDX-License-Identifier: Apache-2.0
// Which events of a partition came already: the keys of the events in its preceding 65,536 messages
// (docs/packs.md, `duplicate_key`). An event whose key is among them is a `duplicate`.
//
// Whether an event is one depends on the messages before it and on nothing else. That holds because
//
// - one partition has one window, and all its batches go through it in order: Pipeline gives the batches of a
//   partition to one worker, and that worker owns the window;
// - messages are counted, not offsets, so that gaps change nothing;
// - a key counts where it stood last, also when that event was a duplicate itself;
// - what is forgotten for want of room is the oldest, whatever else the window saw.
//
// So the window is a function of the last `messages_max` messages, and reading those again for their keys
// makes it anew after a restart. A new incarnation begins with an empty window.
//
// One thread owns and uses a window. It takes no memory before the first key, then what its keys need, at
// most memory_max().
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/message.h"

namespace countersign {

inline constexpr std::size_t kDuplicateWindowMessages = 65'536;  // of a partition
/// Events with a key that those messages hold; when there are more, the oldest are forgotten first.
inline constexpr std::size_t kDuplicateKeysMax = 4 * kDuplicateWindowMessages;

/// The first 128 bits of a SHA-256 (event_key.h). Not a shorter or faster hash: equal keys take an event out
/// of detection, so that whoever writes log lines must not be able to make two that collide.
using EventKey = std::array<std::uint64_t, 2>;

class DuplicateWindow {
 public:
  /// REQUIRES: `keys_max` is a power of two.
  explicit DuplicateWindow(std::size_t messages_max = kDuplicateWindowMessages,
                           std::size_t keys_max = kDuplicateKeysMax);

  /// Before the messages of `batch`: forgets everything when it does not follow on what came before (another
  /// incarnation, or messages that are read again from further back).
  void begin_batch(const MessageBatch& batch);
  /// Before the events of each message, also of one that gives none.
  void begin_message();
  /// Whether one of the preceding messages held this key. Remembers it as one of this message.
  bool seen(const EventKey& key);

  /// Bytes that a window of the product takes at most.
  static std::uint64_t memory_max();

 private:
  struct Entry {
    EventKey key;
    std::uint64_t message = 0;
  };

  void clear();
  std::size_t find(const EventKey& key) const;
  void drop_oldest();
  void erase(std::size_t slot);
  void grow();
  Entry& entry(std::uint64_t number) { return entries_[number & (entries_.size() - 1)]; }

  std::uint64_t messages_max_;
  std::size_t keys_max_;
  std::uint32_t incarnation_ = 0;
  Offset end_;                 // of the last batch
  std::uint64_t message_ = 0;  // number of this message
  // The keys in the order in which they came: a ring, [first_, last_).
  std::vector<Entry> entries_;
  std::uint64_t first_ = 0;
  std::uint64_t last_ = 0;
  // Where each key stood last: places in entries_ + 1, by the key's first half; 0 is free. Half of them at
  // most.
  std::vector<std::uint32_t> slots_;
};

}  // namespace countersign
