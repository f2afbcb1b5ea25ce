// SPDX-License-Identifier: Apache-2.0
// Cursors of lists: where the next page starts, signed, bound to the question they belong to. The key is made
// at start, so that a cursor from before a restart is refused with BadCursor, and the client starts the list
// again. Pure after construction; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/random.h"
#include "core/result.h"

namespace countersign {

class Cursors {
 public:
  explicit Cursors(RandomSource& random) : key_(random.bytes<32>()) {}

  /// `question`: what else the page depends on (list, filter, sort); `position`: where it goes on.
  std::string seal(std::string_view question, std::string_view position) const;
  /// The position; Malformed when the cursor was not made by seal() of this object for this question.
  Result<std::string> open(std::string_view question, std::string_view cursor) const;

 private:
  std::string mac(std::string_view question, std::string_view position) const;
  std::array<std::uint8_t, 32> key_;
};

inline constexpr std::size_t kCursorBytesMax = 4'096;

}  // namespace countersign
