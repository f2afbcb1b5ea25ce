// SPDX-License-Identifier: Apache-2.0
// Puts messages into a batch so that each is followed by kMessagePaddingBytes readable bytes: neighbours pad
// each other, the end of a block pads its last one. One thread; borrows the batch until the next begin().
#pragma once

#include <string_view>

#include "core/limits.h"
#include "core/message.h"

namespace countersign {

/// What is kept of a message; its length and hash are those of the whole.
struct KeptBytes {
  std::size_t max = kDeadLetterBytesMax;        // longer messages are truncated …
  std::size_t prefix = kDeadLetterPrefixBytes;  // … to this
};

struct BatchLimits {
  std::size_t messages_max = kBatchMessagesMax;
  std::size_t bytes_max = kBatchBytesMax;  // a longer message comes alone in its batch
};

class BatchWriter {
 public:
  explicit BatchWriter(BatchLimits limits) : limits_(limits) {}

  /// Clears `batch` and writes to it from now on.
  void begin(MessageBatch& batch);
  /// False when a message of `size` bytes belongs into the next batch.
  bool fits(std::size_t size) const;
  bool empty() const { return batch_->messages.empty(); }
  /// Copies `message.bytes`.
  void add(const Message& message);

 private:
  std::string_view store(std::string_view bytes);

  BatchLimits limits_;
  MessageBatch* batch_ = nullptr;
  std::size_t bytes_ = 0;       // of all messages so far
  std::span<char> block_ = {};  // what is left of the current block of the arena
};

}  // namespace countersign
