// SPDX-License-Identifier: Apache-2.0
#include "core/utf8_cut.h"

namespace countersign {

std::size_t character_start(std::string_view text, std::size_t at) {
  if (at >= text.size()) return text.size();
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) --at;
  return at;
}

std::string_view utf8_prefix(std::string_view text, std::size_t bytes_max) {
  return text.substr(0, character_start(text, bytes_max));
}

}  // namespace countersign
