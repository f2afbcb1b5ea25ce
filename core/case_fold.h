// SPDX-License-Identifier: Apache-2.0
// Unicode simple case folding (Unicode 14, CaseFolding.txt status C and S), never locale, never full folding:
// one character stays one character. Sigma strings and group keys compare by it. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace countersign {

/// Folds one code point.
char32_t case_fold(char32_t c);

/// Appends the folded form of UTF-8 `text` to `out`. Bytes that are not UTF-8 are copied as they are.
void case_fold_append(std::string_view text, std::string& out);
std::string case_fold(std::string_view text);

/// Where in `text` the character starts whose folded form has the byte at `folded_at` of the folded text;
/// the size of the text from its end on.
std::size_t place_before_folding(std::string_view text, std::size_t folded_at);

/// The fast way for the text that nearly all is: writes the folded form of `text`, of its size, to `out`.
/// False: it holds other characters than ASCII, and what was written is of no use.
bool case_fold_ascii(std::string_view text, char* out);

/// True when `text` has only ASCII bytes (then folding is a table of 128 entries).
bool is_ascii(std::string_view text);

/// Length in bytes of the UTF-8 character at the front of non-empty `text`, and its code point; a byte that
/// starts no valid character counts as one character with the value 0xDC00 + byte (so that it equals only
/// itself).
std::size_t decode_utf8(std::string_view text, char32_t& out);
void append_utf8(char32_t c, std::string& out);

}  // namespace countersign
