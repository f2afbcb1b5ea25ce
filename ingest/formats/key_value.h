// SPDX-License-Identifier: Apache-2.0
// Lines of pairs, as firewalls write them → the flat fields of an event. Pure; any thread that owns the
// event.
#pragma once

#include <string>
#include <string_view>

#include "ingest/formats/text_fields.h"

namespace countersign {

/// Without `between_pairs`, blanks stand between pairs:
///   line = pair (blank pair)*, pair = key `=` value, key = letters, digits and `_ - . : /`, value = `"` text
///   with
///   `\"` and `\\` `"` | `'` text `'` | text without blanks. Words without `=` are passed over.
/// With it:
///   line = pair (between pair)*, pair = key `=` value, key = any text without blanks at its ends that holds
///   neither separator, value = quoted as above | text up to the next separator that a pair follows.
/// `=` is `between_key_and_value`.
struct KeyValueSyntax {
  std::string between_pairs;
  std::string between_key_and_value = "=";
  bool operator==(const KeyValueSyntax&) const = default;
};

/// Fits always; values are strings that view `line` or the arena. Failure: too_many_fields, truncated (an
/// open quote).
TextRead read_key_values(std::string_view line, const KeyValueSyntax& syntax, TextFields& fields);

}  // namespace countersign
