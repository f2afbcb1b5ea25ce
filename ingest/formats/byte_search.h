// SPDX-License-Identifier: Apache-2.0
// Where the next of a few bytes stands, for the readers of text formats: most values are so short that a call
// of memchr costs more than the search. Pure; any thread; reads nothing behind `end`.
#pragma once

#include <algorithm>
#include <bit>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace countersign {

/// The first byte from `at` on that is one of `wanted`; `end` when there is none.
template <class... Byte>
const char* find_byte(const char* at, const char* end, Byte... wanted) {
#ifdef __SSE2__
  for (; end - at >= 16; at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    __m128i hits = _mm_setzero_si128();
    ((hits = _mm_or_si128(hits, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(wanted)))), ...);
    if (const int mask = _mm_movemask_epi8(hits); mask != 0)
      return at + std::countr_zero(static_cast<unsigned>(mask));
  }
#endif
  return std::find_if(at, end, [&](char c) { return ((c == wanted) || ...); });
}

/// The blanks of text formats.
constexpr bool is_blank_byte(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

inline const char* find_blank(const char* at, const char* end) {
  return find_byte(at, end, ' ', '\t', '\r', '\n');
}

}  // namespace countersign
