// SPDX-License-Identifier: Apache-2.0
// The log's private key: Ed25519 as PKCS#8 PEM in a file that only its owner can read. The key never leaves
// this object; messages name the file and its mode, never its content. Immutable; sign() from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"

namespace countersign {

class SigningKey {
 public:
  /// NotFound; Denied: unreadable, no regular file, or group or others have any access (a symbolic link
  /// counts as what it points to); Malformed: not one unencrypted PKCS#8 PEM key of type Ed25519.
  static Result<SigningKey> load(const std::filesystem::path& file);

  /// Makes a new key and writes it with mode 0600; file and folder are synced. Conflict: the file exists
  /// (it is left as it is); NotFound, Denied, Unavailable: the folder cannot take it.
  static Result<SigningKey> create(const std::filesystem::path& file);

  const std::array<std::uint8_t, 32>& public_key() const;
  /// 64 bytes.
  std::string sign(std::string_view message) const;

  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;
  ~SigningKey();

 private:
  struct State;
  explicit SigningKey(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace countersign
