// SPDX-License-Identifier: Apache-2.0
// Whether two short texts are equal, as memcmp() == 0: most names are too short to be worth a call. Pure; any
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace countersign {

template <class Word>
bool same_word(const char* a, const char* b) {
  Word of_a = 0;
  Word of_b = 0;
  std::memcpy(&of_a, a, sizeof of_a);
  std::memcpy(&of_b, b, sizeof of_b);
  return of_a == of_b;
}

/// Words at the end may overlap those before.
inline bool same_bytes(const char* a, const char* b, std::size_t size) {
  if (size >= 8) {
    for (std::size_t at = 0; at + 8 < size; at += 8)
      if (!same_word<std::uint64_t>(a + at, b + at)) return false;
    return same_word<std::uint64_t>(a + size - 8, b + size - 8);
  }
  if (size >= 4)
    return same_word<std::uint32_t>(a, b) && same_word<std::uint32_t>(a + size - 4, b + size - 4);
  return size == 0 || (a[0] == b[0] && a[size / 2] == b[size / 2] && a[size - 1] == b[size - 1]);
}

}  // namespace countersign
