// SPDX-License-Identifier: Apache-2.0
#include "rules/text_span.h"

#include <algorithm>

#include "core/utf8_cut.h"

namespace countersign {

Excerpt excerpt_of(std::string_view text, const std::optional<TextSpan>& span, std::size_t bytes_max) {
  Excerpt out;
  if (text.size() > bytes_max && span && span->end > bytes_max) {
    const std::size_t length = std::min(span->end - span->begin, bytes_max);
    // As much before the place as behind it, unless the text ends earlier.
    const std::size_t before = std::min(span->begin, (bytes_max - length) / 2);
    std::size_t& begin = out.shown.begin;
    begin = std::min(span->begin - before, text.size() - bytes_max);
    while (character_start(text, begin) != begin) ++begin;
  }
  out.shown.end = character_start(text, out.shown.begin + bytes_max);
  if (span) {
    const auto within = [&](std::size_t at) {
      return std::clamp(at, out.shown.begin, out.shown.end) - out.shown.begin;
    };
    out.span = {within(span->begin), within(span->end)};
  }
  return out;
}

}  // namespace countersign
