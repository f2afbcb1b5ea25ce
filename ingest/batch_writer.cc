// SPDX-License-Identifier: Apache-2.0
#include "ingest/batch_writer.h"

#include <algorithm>
#include <cstring>

namespace countersign {
namespace {
constexpr std::size_t kBlockBytes = 64 * kKiB;  // the arena's own chunk: nothing of it is lost
}

void BatchWriter::begin(MessageBatch& batch) {
  batch.clear();
  batch_ = &batch;
  bytes_ = 0;
  block_ = {};
}

bool BatchWriter::fits(std::size_t size) const {
  if (batch_->messages.empty()) return true;
  return batch_->messages.size() < limits_.messages_max &&
         size <= limits_.bytes_max - std::min(bytes_, limits_.bytes_max);
}

void BatchWriter::add(const Message& message) {
  Message& added = batch_->messages.emplace_back(message);
  added.bytes = store(message.bytes);
  bytes_ += message.bytes.size();
}

std::string_view BatchWriter::store(std::string_view bytes) {
  const std::size_t needed = bytes.size() + kMessagePaddingBytes;
  if (block_.size() < needed) block_ = batch_->arena.allocate(std::max(needed, kBlockBytes));
  char* const place = block_.data();
  if (!bytes.empty()) std::memcpy(place, bytes.data(), bytes.size());
  block_ = block_.subspan(bytes.size());
  return {place, bytes.size()};
}

}  // namespace countersign
