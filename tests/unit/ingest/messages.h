// SPDX-License-Identifier: Apache-2.0
// Messages for tests: texts in a batch as a source would deliver them.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "core/message.h"

namespace countersign::testing {

/// Appends a message with `bytes`, padded, at the next offset; its line is the offset + 1.
inline Message& add_message(MessageBatch& batch, std::string_view bytes) {
  const std::span<char> place = batch.arena.allocate(bytes.size() + kMessagePaddingBytes);
  // Padding that is neither blank nor zero shows who reads too far.
  std::memset(place.data(), 'x', place.size());
  std::memcpy(place.data(), bytes.data(), bytes.size());
  Message& message = batch.messages.emplace_back();
  message.bytes = {place.data(), bytes.size()};
  message.length = bytes.size();
  message.offset = batch.end;
  message.line = batch.end.value + 1;
  ++batch.end.value;
  return message;
}

inline MessageBatch batch_of(const std::vector<std::string>& texts) {
  MessageBatch batch;
  batch.partition = {SourceName{"test"}, TopicName{"test"}, 0};
  batch.incarnation = 1;
  for (const std::string& text : texts) add_message(batch, text);
  return batch;
}

}  // namespace countersign::testing
