// SPDX-License-Identifier: Apache-2.0
#include "store/payload.h"

#include <sodium.h>

#include <cstdlib>

#include <fmt/format.h>

#include "store/evidence/entry.h"

namespace countersign {
namespace {

constexpr std::size_t kSecretBytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* raw(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

/// libsodium chooses its implementations once per process.
void need_sodium() {
  static const bool ready = sodium_init() >= 0;
  if (!ready) {
    fmt::print(stderr, "countersign: libsodium cannot start\n");
    std::abort();
  }
}

std::string draw(std::size_t size, RandomSource& random) {
  std::string out(size, '\0');
  random.fill({raw(out), size});
  return out;
}

}  // namespace

SealedPayload seal_payload(std::string_view place, std::string_view plain, RandomSource& random) {
  need_sodium();
  SealedPayload out;
  out.secret.secret = draw(kSecretBytes, random);
  out.secret.salt = draw(kSaltBytes, random);
  out.sealed.nonce = draw(kNonceBytes, random);
  std::string& cipher = out.sealed.ciphertext;
  cipher.resize(plain.size() + kTagBytes);
  unsigned long long length = 0;
  const int failed = crypto_aead_xchacha20poly1305_ietf_encrypt(
      raw(cipher), &length, raw(plain), plain.size(), raw(place), place.size(), nullptr,
      raw(out.sealed.nonce), raw(out.secret.secret));
  if (failed != 0) std::abort();  // documented to be always 0
  cipher.resize(length);
  return out;
}

Result<std::string> open_payload(std::string_view place, const Sealed& sealed, const PayloadKey& secret) {
  need_sodium();
  if (sealed.nonce.size() != kNonceBytes || secret.secret.size() != kSecretBytes ||
      sealed.ciphertext.size() < kTagBytes) {
    return failure(ErrorKind::Corrupt, "payload: key, nonce or ciphertext has a wrong length");
  }
  std::string plain(sealed.ciphertext.size() - kTagBytes, '\0');
  unsigned long long length = 0;
  const int failed = crypto_aead_xchacha20poly1305_ietf_decrypt(
      raw(plain), &length, nullptr, raw(sealed.ciphertext), sealed.ciphertext.size(), raw(place),
      place.size(), raw(sealed.nonce), raw(secret.secret));
  if (failed != 0) return failure(ErrorKind::Corrupt, "payload: does not open with its key");
  plain.resize(length);
  return plain;
}

Hash256 keyed_hash(std::string_view store_key, std::string_view bytes) {
  need_sodium();
  Hash256 out;
  const int failed = crypto_generichash(out.bytes.data(), out.bytes.size(), raw(bytes), bytes.size(),
                                        raw(store_key), store_key.size());
  if (failed != 0) {
    fmt::print(stderr, "countersign: keyed hash: store key of {} bytes\n", store_key.size());
    std::abort();
  }
  return out;
}

}  // namespace countersign
