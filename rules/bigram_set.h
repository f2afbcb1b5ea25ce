// SPDX-License-Identifier: Apache-2.0
// Which pairs of neighbouring bytes a text holds, hashed to 4,096 bits: a text can only be part of another
// that holds all its pairs. Made once per value, it answers most of the many `contains` tests on that value
// without looking at it. Plain value; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace countersign {

class BigramSet {
 public:
  static constexpr std::size_t kBits = 4'096;

  static std::uint16_t hash(char first, char second) {
    const unsigned pair = static_cast<unsigned char>(first) * 256U + static_cast<unsigned char>(second);
    return static_cast<std::uint16_t>((pair * 40'503U >> 4U) % kBits);  // Knuth's multiplicative hash
  }

  void assign(std::string_view text) {
    words_.fill(0);
    for (std::size_t i = 1; i < text.size(); ++i) {
      const std::uint16_t bit = hash(text[i - 1], text[i]);
      words_[bit / 64U] |= std::uint64_t{1} << (bit % 64U);
    }
  }

  bool has(std::uint16_t bit) const { return (words_[bit / 64U] >> (bit % 64U) & 1U) != 0; }

 private:
  std::array<std::uint64_t, kBits / 64> words_{};
};

}  // namespace countersign
