// SPDX-License-Identifier: Apache-2.0
// Places in a text, and the part of a long text that is worth showing. Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace countersign {

/// The bytes from `begin` up to, not including, `end`.
struct TextSpan {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool operator==(const TextSpan&) const = default;
};

struct Excerpt {
  TextSpan shown;                // of the text; cuts no character
  std::optional<TextSpan> span;  // the wanted place, counted from shown.begin, as far as it is shown
};

/// At most `bytes_max` bytes of `text`: all of it, or its start, or what is around `span` when that does not
/// lie within the start.
Excerpt excerpt_of(std::string_view text, const std::optional<TextSpan>& span, std::size_t bytes_max);

}  // namespace countersign
