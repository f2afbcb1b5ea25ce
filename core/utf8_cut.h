// SPDX-License-Identifier: Apache-2.0
// Where UTF-8 text may be cut: never inside a character. Pure; any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace countersign {

/// Where the character starts that the byte at `at` is part of; the size of the text from its end on.
std::size_t character_start(std::string_view text, std::size_t at);
/// The longest prefix of at most `bytes_max` bytes that does not cut a character.
std::string_view utf8_prefix(std::string_view text, std::size_t bytes_max);

}  // namespace countersign
