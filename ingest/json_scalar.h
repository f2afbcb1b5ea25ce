// SPDX-License-Identifier: Apache-2.0
// The scalars of JSON (RFC 8259) as text: strings without a copy where nothing is escaped, numbers with their
// digits, and where a broken document is broken. Pure; any thread. Nothing here trusts its input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/arena.h"
#include "core/event.h"

namespace countersign {

struct JsonString {
  std::string_view content;   // the text itself, or a copy in the arena when something was escaped
  const char* end = nullptr;  // one past the closing quote
  bool known = true;          // false: `end` is at an escape that JSON does not know
  bool disguised = false;     // a character that is plain in JSON, or folds to one, is written as \uXXXX
};

/// Reads the string whose first content byte is `start` (after the opening quote). REQUIRES: its closing
/// quote is one of the next `bytes_max` bytes, and 16 readable bytes follow it. A lone surrogate becomes
/// U+FFFD.
JsonString read_json_string(const char* start, std::size_t bytes_max, Arena& arena);

/// Reads a number, true, false or null; `token` has no blanks around it. False: it is none of these.
bool read_json_scalar(std::string_view token, Value& value);

inline constexpr std::size_t kShortDigits = 18;  // so many fit std::int64_t, whatever they are

/// The same for a number of a few digits and nothing else, as nearly all in events are.
inline bool read_short_integer(std::string_view token, Value& value) {
  if (token.empty() || token.size() > kShortDigits || (token.front() == '0' && token.size() > 1))
    return false;
  std::int64_t number = 0;
  for (const char c : token) {
    if (c < '0' || c > '9') return false;
    number = number * 10 + (c - '0');
  }
  value = Value{};
  value.type = ValueType::Integer;
  value.text = token;
  value.integer = number;
  return true;
}

/// The same for a number alone.
bool read_json_number(std::string_view token, Value& value);

/// Offset of the first byte that is not valid UTF-8.
std::optional<std::size_t> find_invalid_utf8(std::string_view text);

/// True when `text` ends inside a string, array or object: it was cut off.
bool ends_inside_json(std::string_view text);

/// Offset of the first control character inside a string, which JSON forbids.
std::optional<std::size_t> find_control_in_string(std::string_view text);

}  // namespace countersign
