// SPDX-License-Identifier: Apache-2.0
#include "store/wal_tail.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "store/evidence/durable_file.h"

namespace countersign {
namespace {

constexpr std::size_t kBlockBytes = 32'768;
constexpr std::size_t kHeaderBytes = 7;
constexpr std::uint8_t kTypeMax = 10;  // of RocksDB 7.8; 5 to 8 are of recycled logs, which we do not use
constexpr std::size_t kWalBytesMax = std::size_t{4} << 30U;

std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1U) ^ ((value & 1U) != 0 ? 0x82F63B78U : 0U);
    table[i] = value;
  }
  return table;
}

std::uint32_t masked_crc(std::string_view bytes) {
  static const std::array<std::uint32_t, 256> kTable = make_crc_table();
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char c : bytes) crc = (crc >> 8U) ^ kTable[(crc ^ static_cast<std::uint8_t>(c)) & 0xFFU];
  crc = ~crc;
  return ((crc >> 15U) | (crc << 17U)) + 0xA282EAD8U;
}

std::uint32_t little_endian(std::string_view bytes, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = size; i > 0; --i) value = (value << 8U) | static_cast<std::uint8_t>(bytes[i - 1]);
  return value;
}

/// The length of the record at the front of what is left of a block; empty when none can be read there.
std::optional<std::size_t> record_at(std::string_view rest) {
  if (rest.size() < kHeaderBytes) return std::nullopt;
  const std::size_t length = little_endian(rest.substr(4), 2);
  const auto type = static_cast<std::uint8_t>(rest[6]);
  if (type == 0 || type > kTypeMax || kHeaderBytes + length > rest.size()) return std::nullopt;
  if (masked_crc(rest.substr(6, 1 + length)) != little_endian(rest, 4)) return std::nullopt;
  return kHeaderBytes + length;
}

bool is_zero(std::string_view bytes) {
  return std::ranges::all_of(bytes, [](char c) { return c == '\0'; });
}

/// What is left of the block that `at` lies in.
std::string_view rest_of_block(std::string_view log, std::size_t at) {
  return log.substr(at, std::min(kBlockBytes - at % kBlockBytes, log.size() - at));
}

bool any_record_after(std::string_view log, std::size_t at) {
  for (; at < log.size(); ++at) {
    if (record_at(rest_of_block(log, at))) return true;
  }
  return false;
}

void inspect(std::string_view log, WalTail& tail) {
  std::size_t at = 0;
  while (at < log.size()) {
    const std::string_view rest = rest_of_block(log, at);
    if (rest.size() < kHeaderBytes) {
      at += rest.size();  // the trailer of a block
    } else if (const auto length = record_at(rest)) {
      at += *length;
    } else if (is_zero(log.substr(at))) {
      return;  // room that was allocated and never written
    } else {
      tail.damaged = true;
      tail.damaged_at = at;
      tail.valid_after = any_record_after(log, at + 1);
      return;
    }
  }
}

std::optional<std::filesystem::path> last_wal(const std::filesystem::path& database) {
  std::optional<std::filesystem::path> newest;
  std::uint64_t newest_number = 0;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(database, error)) {
    if (file.path().extension() != ".log") continue;
    const std::string stem = file.path().stem().string();
    std::uint64_t number = 0;
    const auto read = std::from_chars(stem.data(), stem.data() + stem.size(), number);
    if (read.ec != std::errc{} || read.ptr != stem.data() + stem.size()) continue;
    if (newest && number < newest_number) continue;
    newest = file.path();
    newest_number = number;
  }
  return newest;
}

}  // namespace

Result<WalTail> inspect_last_wal(const std::filesystem::path& database) {
  const auto file = last_wal(database);
  if (!file) {
    return failure(ErrorKind::NotFound, fmt::format("{}: no write-ahead log", database.string()));
  }
  auto bytes = read_file("write-ahead log", *file, kWalBytesMax);
  if (!bytes) return failure(bytes.error());
  WalTail tail;
  tail.file = *file;
  inspect(*bytes, tail);
  return tail;
}

}  // namespace countersign
