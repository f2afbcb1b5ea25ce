// SPDX-License-Identifier: Apache-2.0
#include "ingest/formats/text_fields.h"

#include <fmt/format.h>

namespace countersign {

DecodeFailure TextFields::full() const {
  return {"too_many_fields", fmt::format("more values in one event than the limit {}", limits_.fields_max)};
}

std::string_view unescape_backslashes(std::string_view text, std::string_view escaped, bool line_ends,
                                      Arena& arena) {
  if (text.find('\\') == std::string_view::npos) return text;
  const std::span<char> place = arena.allocate(text.size());
  std::size_t size = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      const char next = text[i + 1];
      if (escaped.find(next) != std::string_view::npos) {
        ++i;
      } else if (line_ends && (next == 'n' || next == 'r')) {
        place[size++] = next == 'n' ? '\n' : '\r';
        ++i;
        continue;
      }
    }
    place[size++] = text[i];
  }
  return {place.data(), size};
}

}  // namespace countersign
