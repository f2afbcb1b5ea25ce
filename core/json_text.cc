// SPDX-License-Identifier: Apache-2.0
#include "core/json_text.h"

#include "core/case_fold.h"

namespace countersign {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

void append_escaped(unsigned char c, std::string& out) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    default:
      out += "\\u00";
      out.push_back(kHexDigits[c >> 4U]);
      out.push_back(kHexDigits[c & 15U]);
  }
}

}  // namespace

void append_json_string(std::string_view text, std::string& out) {
  out.push_back('"');
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text.front());
    if (c < 0x80) {
      if (c < 0x20 || c == '"' || c == '\\' || c == 0x7F) {
        append_escaped(c, out);
      } else {
        out.push_back(static_cast<char>(c));
      }
      text.remove_prefix(1);
      continue;
    }
    char32_t decoded = 0;
    const std::size_t length = decode_utf8(text, decoded);
    if (length == 1) {
      out += "\xEF\xBF\xBD";
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  out.push_back('"');
}

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(text, out);
  return out;
}

}  // namespace countersign
