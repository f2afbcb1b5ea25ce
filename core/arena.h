// SPDX-License-Identifier: Apache-2.0
// Bytes that live until the next clear(). Chunks are kept across clear(), so a warm arena allocates nothing.
// Owned and used by one thread. Views stay valid until clear(): chunks never move.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace countersign {

class Arena {
 public:
  /// A view of a copy of `bytes`.
  std::string_view store(std::string_view bytes);
  /// `size` writable bytes, not initialised.
  std::span<char> allocate(std::size_t size) {
    if (current_ == chunks_.size() || chunks_[current_].size - used_ < size) next_chunk(size);
    char* const start = chunks_[current_].data.get() + used_;
    used_ += size;
    return {start, size};
  }
  void clear();
  std::size_t capacity_bytes() const;

 private:
  struct Chunk {
    std::unique_ptr<char[]> data;
    std::size_t size = 0;
  };
  /// Makes a chunk with room for `size` bytes the current one.
  void next_chunk(std::size_t size);

  std::vector<Chunk> chunks_;
  std::size_t current_ = 0;  // index of the chunk in use
  std::size_t used_ = 0;     // bytes used of it
};

}  // namespace countersign
