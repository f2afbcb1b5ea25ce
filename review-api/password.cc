// SPDX-License-Identifier: Apache-2.0
#include "review-api/password.h"

#include <sodium.h>

#include <array>

namespace countersign {
namespace {

struct Work {
  unsigned long long passes;
  std::size_t bytes;
};

Work work_of(PasswordCost cost) {
  switch (cost) {
    case PasswordCost::Standard:
      return {crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE, crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE};
    case PasswordCost::Minimum:
      return {crypto_pwhash_argon2id_OPSLIMIT_MIN, crypto_pwhash_argon2id_MEMLIMIT_MIN};
  }
  return {};
}

// 0: done now; 1: done before; -1: the machine gives no randomness.
bool library_ready() {
  static const bool ready = sodium_init() >= 0;
  return ready;
}

}  // namespace

std::size_t password_memory(PasswordCost cost) { return work_of(cost).bytes; }

Result<std::string> hash_password(std::string_view password, PasswordCost cost) {
  if (password.size() < kPasswordBytesMin || password.size() > kPasswordBytesMax) {
    return failure(Error{ErrorKind::InvalidArgument,
                         "the password has " + std::to_string(password.size()) + " bytes",
                         {{"password", password.size() < kPasswordBytesMin ? "too_short" : "too_long",
                           "A password has " + std::to_string(kPasswordBytesMin) + " to " +
                               std::to_string(kPasswordBytesMax) + " bytes."}}});
  }
  if (!library_ready())
    return failure(ErrorKind::Unavailable, "libsodium cannot start: no source of randomness");
  std::array<char, crypto_pwhash_argon2id_STRBYTES> text{};
  const Work work = work_of(cost);
  if (crypto_pwhash_argon2id_str(text.data(), password.data(), password.size(), work.passes, work.bytes) != 0)
    return failure(ErrorKind::Unavailable,
                   "no memory to hash a password (" + std::to_string(work.bytes) + " bytes)");
  return std::string(text.data());
}

bool verify_password(const std::string& hash, std::string_view password) {
  if (!library_ready() || hash.empty() || hash.size() >= crypto_pwhash_argon2id_STRBYTES ||
      password.size() > kPasswordBytesMax)
    return false;
  return crypto_pwhash_argon2id_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

bool needs_rehash(const std::string& hash, PasswordCost cost) {
  const Work work = work_of(cost);
  return library_ready() && hash.size() < crypto_pwhash_argon2id_STRBYTES &&
         crypto_pwhash_argon2id_str_needs_rehash(hash.c_str(), work.passes, work.bytes) == 1;
}

}  // namespace countersign
