// SPDX-License-Identifier: Apache-2.0
#include "rules/text_file.h"

#include <array>
#include <fstream>

#include <fmt/core.h>

#include "core/case_fold.h"

namespace countersign {
namespace {

/// Where the first character stands that a rule file may not hold; empty when there is none.
std::optional<Position> find_bad_character(std::string_view text) {
  Position at{1, 1};
  while (!text.empty()) {
    char32_t c = 0;
    const std::size_t size = decode_utf8(text, c);
    const bool control = c < 0x20 && c != '\t' && c != '\n' && c != '\r';
    if (control || (size == 1 && c >= 0x80)) return at;
    at = c == '\n' ? Position{at.line + 1, 1} : Position{at.line, at.column + 1};
    text.remove_prefix(size);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> read_bytes(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string bytes;
  std::array<char, 64 * kKiB> part{};
  while (stream && bytes.size() <= kRuleFileBytesMax) {
    stream.read(part.data(), part.size());
    bytes.append(part.data(), static_cast<std::size_t>(stream.gcount()));
  }
  if (!stream.eof() && bytes.size() <= kRuleFileBytesMax) return std::nullopt;
  return bytes;
}

std::optional<std::string_view> check_text(std::string_view bytes, Findings& findings) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  if (bytes.size() > kRuleFileBytesMax) {
    findings.add("file.too_large", {0, 0}, fmt::format("larger than {} bytes", kRuleFileBytesMax));
  } else if (const std::optional<Position> bad = find_bad_character(bytes)) {
    findings.add("file.encoding", *bad, "what stands here is no character of a UTF-8 text");
  } else {
    return bytes;
  }
  return std::nullopt;
}

}  // namespace countersign
