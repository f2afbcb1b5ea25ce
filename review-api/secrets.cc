// SPDX-License-Identifier: Apache-2.0
#include "review-api/secrets.h"

#include <sodium.h>

#include <algorithm>

namespace countersign {
namespace {

constexpr std::size_t kSecretCharacters = 43;  // 32 bytes in base64url

NewSecret make_secret(RandomSource& random, std::string_view prefix) {
  NewSecret secret;
  secret.text = std::string(prefix) + to_base64url(random.bytes<32>());
  secret.hash = to_hex(sha256(secret.text));
  return secret;
}

bool looks_like(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix) || text.size() != prefix.size() + kSecretCharacters) return false;
  text.remove_prefix(prefix.size());
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
  });
}

}  // namespace

NewSecret make_session_secret(RandomSource& random) { return make_secret(random, kSessionPrefix); }
NewSecret make_api_token(RandomSource& random) { return make_secret(random, kTokenPrefix); }

std::string make_token_id(RandomSource& random) {
  static constexpr std::string_view alphabet =
      "abcdefghijkmnpqrstuvwxyz23456789";  // read aloud without doubt
  static_assert(alphabet.size() == 32);
  std::string id = "t-";
  for (const std::uint8_t byte : random.bytes<12>()) id.push_back(alphabet[byte % alphabet.size()]);
  return id;
}

bool looks_like_session(std::string_view text) { return looks_like(text, kSessionPrefix); }
bool looks_like_token(std::string_view text) { return looks_like(text, kTokenPrefix); }

std::string to_base64url(std::span<const std::uint8_t> bytes) {
  static constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::string out(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  out.resize(std::char_traits<char>::length(
      sodium_bin2base64(out.data(), out.size(), bytes.data(), bytes.size(), variant)));
  return out;
}

Hash256 keyed_hash(std::span<const std::uint8_t, 32> key, std::string_view text) {
  static_assert(crypto_auth_hmacsha256_BYTES == 32 && crypto_auth_hmacsha256_KEYBYTES == 32);
  Hash256 out;
  const auto bytes = as_bytes(text);
  // Documented to return 0 always.
  (void)crypto_auth_hmacsha256(out.bytes.data(), bytes.data(), bytes.size(), key.data());
  return out;
}

bool equal_secrets(std::string_view left, std::string_view right) {
  return left.size() == right.size() && sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::string csrf_token(std::string_view session_secret) {
  const Hash256 key = sha256(session_secret);
  // The stored hash of a session is that same SHA-256: a second hash keeps a reader of the store from making
  // tokens of its sessions.
  const Hash256 separate = sha256("countersign csrf key\n" + std::string(session_secret));
  return to_base64url(keyed_hash(separate.bytes, to_hex(key)).bytes);
}

}  // namespace countersign
