// SPDX-License-Identifier: Apache-2.0
// Keys for tests: the PKCS#8 file of an Ed25519 key with a known seed, in a folder that goes away.
#pragma once

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "core/hash.h"
#include "store/evidence/signing_key.h"

namespace countersign::test {

/// A folder of its own for each test, removed at the end.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "countersign-evidence-XXXXXX").string();
    const char* const made = mkdtemp(name.data());
    EXPECT_NE(made, nullptr);
    path_ = name;
  }
  ~ScratchFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
    EXPECT_FALSE(error) << error.message();
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline void write_text(const std::filesystem::path& path, std::string_view text, unsigned mode = 0644) {
  std::ofstream(path, std::ios::binary) << text;
  std::filesystem::permissions(path, std::filesystem::perms{mode});
}

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// RFC 8410: the fixed DER header of an Ed25519 private key, then its 32-byte seed.
inline std::string pkcs8_pem(const Hash256& seed) {
  std::string der("\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20", 16);
  der += as_text(seed.bytes);
  return "-----BEGIN PRIVATE KEY-----\n" + to_base64(der) + "\n-----END PRIVATE KEY-----\n";
}

inline SigningKey key_from_seed_text(std::string_view text) {
  const ScratchFolder folder;
  write_text(folder / "key.pem", pkcs8_pem(sha256(text)), 0600);
  return std::move(SigningKey::load(folder / "key.pem").value());
}

}  // namespace countersign::test
