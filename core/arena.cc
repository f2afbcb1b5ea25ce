// SPDX-License-Identifier: Apache-2.0
#include "core/arena.h"

#include <algorithm>
#include <cstring>

namespace countersign {
namespace {
constexpr std::size_t kChunkBytes = 64 * 1024;
}

void Arena::next_chunk(std::size_t size) {
  while (current_ < chunks_.size() && chunks_[current_].size - used_ < size) {
    ++current_;
    used_ = 0;
  }
  if (current_ == chunks_.size()) {
    const std::size_t bytes = std::max(size, kChunkBytes);
    chunks_.push_back({std::make_unique<char[]>(bytes), bytes});
  }
}

std::string_view Arena::store(std::string_view bytes) {
  if (bytes.empty()) return {};
  const std::span<char> place = allocate(bytes.size());
  std::memcpy(place.data(), bytes.data(), bytes.size());
  return {place.data(), place.size()};
}

void Arena::clear() {
  current_ = 0;
  used_ = 0;
}

std::size_t Arena::capacity_bytes() const {
  std::size_t sum = 0;
  for (const Chunk& chunk : chunks_) sum += chunk.size;
  return sum;
}

}  // namespace countersign
