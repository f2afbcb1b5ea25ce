// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4, through OpenSSL) and text forms of bytes (RFC 4648). The only identity of content;
// xxhash is for tables in memory. A Sha256 object is used by one thread; the free functions by any.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace countersign {

/// 32 bytes of SHA-256; also the hash of a rule, a rule set, a pack set, an event, a tree node.
struct Hash256 {
  std::array<std::uint8_t, 32> bytes{};
  auto operator<=>(const Hash256&) const = default;
};

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::span<const std::uint8_t> bytes);
  void update(std::string_view text);
  /// Big-endian, as the digest grammar of the ledger asks for.
  void update_u64(std::uint64_t value);
  /// Returns the hash and starts anew.
  Hash256 finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Hash256 sha256(std::string_view bytes);

/// Lower-case hex, and back (exactly 64 digits of either case; else empty).
std::string to_hex(const Hash256& hash);
std::string to_hex(std::span<const std::uint8_t> bytes);
std::optional<Hash256> hash_from_hex(std::string_view text);

/// RFC 4648 §4 with padding, and back (strict: length, alphabet and padding must be exact; else empty).
std::string to_base64(std::span<const std::uint8_t> bytes);
std::string to_base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);

/// The bytes of a text and the text of bytes, without a copy.
std::span<const std::uint8_t> as_bytes(std::string_view text);
std::string_view as_text(std::span<const std::uint8_t> bytes);

}  // namespace countersign
