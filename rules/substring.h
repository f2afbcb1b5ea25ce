// SPDX-License-Identifier: Apache-2.0
// Finds a text inside another: looks for its two rarest bytes first. Immutable; any thread.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "rules/bigram_set.h"

namespace countersign {

class Substring {
 public:
  Substring() = default;
  explicit Substring(std::string text);

  bool found_in(std::string_view value) const;
  /// False: it is not in the value that `pairs` was made of. True says nothing.
  bool may_be_in(const BigramSet& pairs) const {
    return std::all_of(pairs_.begin(), pairs_.begin() + pair_count_,
                       [&](std::uint16_t bit) { return pairs.has(bit); });
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::size_t rarest_ = 0;                // index of its rarest byte
  std::size_t second_ = 0;                // … of the next one; the same in a text of one byte
  std::array<std::uint16_t, 8> pairs_{};  // hashes of its first pairs of bytes
  std::size_t pair_count_ = 0;
};

}  // namespace countersign
