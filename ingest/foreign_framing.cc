// SPDX-License-Identifier: Apache-2.0
#include "ingest/foreign_framing.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <fmt/format.h>

namespace countersign {
namespace {

using std::string_view_literals::operator""sv;

std::uint8_t byte_at(std::string_view bytes, std::size_t index) {
  return static_cast<std::uint8_t>(bytes[index]);
}

/// Bytes that text does not hold.
bool has_control_bytes(std::string_view bytes) {
  return std::any_of(bytes.begin(), bytes.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
  });
}

/// A protobuf message of text fields starts with a length-delimited field whose length fits, and what follows
/// it is the next field or the end.
bool looks_like_protobuf(std::string_view bytes) {
  if (bytes.size() < 3 || !has_control_bytes(bytes)) return false;
  const std::uint8_t tag = byte_at(bytes, 0);
  if ((tag & 0x07U) != 2 || tag < 0x0A || tag > 0x7A) return false;
  std::uint64_t length = 0;
  std::size_t at = 1;
  for (unsigned shift = 0; shift < 35; shift += 7, ++at) {
    if (at >= bytes.size()) return false;
    length |= static_cast<std::uint64_t>(byte_at(bytes, at) & 0x7FU) << shift;
    if ((byte_at(bytes, at) & 0x80U) == 0) break;
  }
  const std::size_t body = at + 1;
  if (length == 0 || body > bytes.size() || length > bytes.size() - body) return false;
  const std::size_t next = body + static_cast<std::size_t>(length);
  if (next == bytes.size()) return true;
  const std::uint8_t next_type = byte_at(bytes, next) & 0x07U;
  return byte_at(bytes, next) >= 0x08 && (next_type <= 2 || next_type == 5);
}

bool looks_like_utf16(std::string_view bytes, bool big_endian) {
  const std::size_t zero = big_endian ? 0 : 1;
  if (bytes.size() < 4 || bytes.size() % 2 != 0) return false;
  return bytes[zero] == '\0' && bytes[zero + 2] == '\0' && bytes[1 - zero] != '\0' && bytes[3 - zero] != '\0';
}

}  // namespace

std::optional<std::string> describe_foreign_framing(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xFE"sv))
    return "UTF-16 (little-endian byte order mark) where UTF-8 is expected";
  if (bytes.starts_with("\xFE\xFF"sv)) return "UTF-16 (big-endian byte order mark) where UTF-8 is expected";
  if (looks_like_utf16(bytes, false)) return "UTF-16 (little-endian) where UTF-8 is expected";
  if (looks_like_utf16(bytes, true)) return "UTF-16 (big-endian) where UTF-8 is expected";
  if (bytes.starts_with("\x1F\x8B"sv)) return "a gzip stream inside the message";
  if (bytes.starts_with("\x28\xB5\x2F\xFD"sv)) return "a zstd stream inside the message";
  if (bytes.starts_with("\x04\x22\x4D\x18"sv)) return "an lz4 stream inside the message";
  if (bytes.size() >= 5 && bytes[0] == '\0') {
    const std::uint32_t schema = (std::uint32_t{byte_at(bytes, 1)} << 24U) |
                                 (std::uint32_t{byte_at(bytes, 2)} << 16U) |
                                 (std::uint32_t{byte_at(bytes, 3)} << 8U) | byte_at(bytes, 4);
    return fmt::format("schema-registry framing: byte 0x00 and schema id {} in front of the payload", schema);
  }
  if (looks_like_protobuf(bytes)) return "a protobuf message where JSON or text is expected";
  return std::nullopt;
}

}  // namespace countersign
