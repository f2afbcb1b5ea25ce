// SPDX-License-Identifier: Apache-2.0
// What encoding modifiers do to a value. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/sigma_string.h"

namespace countersign {

enum class Utf16 : std::uint8_t { Little, Big, LittleWithMark };
/// UTF-8 → the bytes of UTF-16; the mark is FF FE.
std::string to_utf16(std::string_view text, Utf16 form);

/// Below this a variant of base64_offsets would be empty, and hold for everything.
inline constexpr std::size_t kBase64OffsetBytesMin = 2;

/// The base64 text that any text has in common that holds `bytes` at an offset of 0, 1 and 2 modulo 3: what
/// the neighbours decide is cut off at both ends. REQUIRES: at least kBase64OffsetBytesMin bytes.
std::vector<std::string> base64_offsets(std::string_view bytes);

inline constexpr std::size_t kWindashVariantsMax = 625;  // four dashes

/// Each dash that starts an option (`-` or `/` with no word character before and one behind) stands for any
/// of - / – — ―. Every combination is a variant of its own; beyond kWindashVariantsMax one variant with
/// tokens of kind Dash says the same.
std::vector<SigmaString> windash_variants(const SigmaString& text);

}  // namespace countersign
