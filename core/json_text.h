// SPDX-License-Identifier: Apache-2.0
// JSON strings, written by hand where the bytes matter (evidence entries, match lines) or a tree would be
// waste.
#pragma once

#include <string>
#include <string_view>

namespace countersign {

/// Appends `text` as a JSON string with its quotes (RFC 8259 §7): `"`, `\` and control characters are
/// escaped, all other UTF-8 stays; bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string_view text, std::string& out);
std::string json_string(std::string_view text);

/// True for printable ASCII that no usual writer of JSON escapes: all but `" \ /` and `< > & '`, which some
/// write as \uXXXX to be safe in HTML.
constexpr bool is_plain_in_json(char c) {
  return c >= ' ' && c <= '~' && std::string_view("\"\\/<>&'").find(c) == std::string_view::npos;
}

}  // namespace countersign
