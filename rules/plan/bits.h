// SPDX-License-Identifier: Apache-2.0
// A fixed number of bits. Plain value; any thread.
#pragma once

#include <cstdint>
#include <vector>

namespace countersign {

class Bits {
 public:
  Bits() = default;
  explicit Bits(std::size_t count) : words_((count + 63) / 64) {}
  void set(std::size_t index) { words_[index / 64] |= std::uint64_t{1} << (index % 64); }
  bool has(std::size_t index) const { return (words_[index / 64] >> (index % 64) & 1U) != 0; }

 private:
  std::vector<std::uint64_t> words_;
};

}  // namespace countersign
