// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/signing_key.h"

#include <sys/stat.h>

#include <gtest/gtest.h>

#include "store/evidence/ed25519.h"
#include "tests/unit/evidence/test_key.h"

namespace countersign {
namespace {

const std::string kPem = test::pkcs8_pem(sha256("a test key"));

unsigned mode_of(const std::filesystem::path& path) {
  return static_cast<unsigned>(std::filesystem::status(path).permissions());
}

// RFC 8032 §7.1, test 2.
TEST(SigningKey, SignsAsTheStandardSays) {
  const test::ScratchFolder folder;
  test::write_text(
      folder / "key.pem",
      test::pkcs8_pem(*hash_from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")),
      0600);
  const SigningKey key = std::move(SigningKey::load(folder / "key.pem").value());
  EXPECT_EQ(to_hex(key.public_key()), "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  const std::string signature = key.sign("\x72");
  EXPECT_EQ(to_hex(as_bytes(signature)),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
  EXPECT_TRUE(ed25519_verify(key.public_key(), "\x72", signature));
  EXPECT_FALSE(ed25519_verify(key.public_key(), "\x73", signature));
  EXPECT_FALSE(ed25519_verify(key.public_key(), "\x72", signature.substr(0, 63)));
  EXPECT_FALSE(ed25519_verify({}, "\x72", signature));
}

TEST(SigningKey, CreatedKeyIsLoadedAgainAndOnlyTheOwnerCanReadIt) {
  const test::ScratchFolder folder;
  const mode_t before = umask(0);
  const Result<SigningKey> created = SigningKey::create(folder / "key.pem");
  static_cast<void>(umask(before));
  ASSERT_TRUE(created) << created.error().message;
  EXPECT_EQ(mode_of(folder / "key.pem"), 0600U);
  const Result<SigningKey> loaded = SigningKey::load(folder / "key.pem");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->public_key(), created->public_key());
  EXPECT_TRUE(ed25519_verify(created->public_key(), "text", loaded->sign("text")));
  EXPECT_NE(SigningKey::create(folder / "other.pem")->public_key(), created->public_key());
}

TEST(SigningKey, CreateNeverOverwrites) {
  const test::ScratchFolder folder;
  test::write_text(folder / "key.pem", "something", 0600);
  EXPECT_EQ(SigningKey::create(folder / "key.pem").error().kind, ErrorKind::Conflict);
  std::filesystem::create_symlink(folder / "nowhere.pem", folder / "link.pem");
  EXPECT_EQ(SigningKey::create(folder / "link.pem").error().kind, ErrorKind::Conflict);
  EXPECT_EQ(test::read_text(folder / "key.pem"), "something");
  EXPECT_EQ(SigningKey::create(folder / "no/key.pem").error().kind, ErrorKind::NotFound);
}

TEST(SigningKey, AnyAccessForGroupOrOthersIsRefusedWithTheMode) {
  const test::ScratchFolder folder;
  for (const unsigned mode : {0640U, 0620U, 0610U, 0604U, 0602U, 0601U, 0644U, 0777U, 0660U, 0440U}) {
    test::write_text(folder / "key.pem", kPem, mode);
    const Result<SigningKey> key = SigningKey::load(folder / "key.pem");
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().kind, ErrorKind::Denied);
    char text[8];
    ASSERT_GT(std::snprintf(text, sizeof text, "%04o", mode), 0);
    EXPECT_NE(key.error().message.find(text), std::string::npos) << key.error().message;
    EXPECT_NE(key.error().message.find("key.pem"), std::string::npos) << key.error().message;
  }
  for (const unsigned mode : {0600U, 0400U}) {
    test::write_text(folder / "key.pem", "");
    std::filesystem::remove(folder / "key.pem");
    test::write_text(folder / "key.pem", kPem, mode);
    EXPECT_TRUE(SigningKey::load(folder / "key.pem")) << mode;
  }
}

TEST(SigningKey, ALinkCountsAsWhatItPointsTo) {
  const test::ScratchFolder folder;
  test::write_text(folder / "open.pem", kPem, 0644);
  test::write_text(folder / "closed.pem", kPem, 0600);
  std::filesystem::create_symlink(folder / "open.pem", folder / "to_open");
  std::filesystem::create_symlink(folder / "closed.pem", folder / "to_closed");
  EXPECT_EQ(SigningKey::load(folder / "to_open").error().kind, ErrorKind::Denied);
  EXPECT_TRUE(SigningKey::load(folder / "to_closed"));
}

TEST(SigningKey, WhatIsNoFileIsRefusedWithoutWaiting) {
  const test::ScratchFolder folder;
  EXPECT_EQ(SigningKey::load(folder / "missing.pem").error().kind, ErrorKind::NotFound);
  EXPECT_EQ(SigningKey::load(folder.path()).error().kind, ErrorKind::Denied);
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(SigningKey::load(folder / "pipe").error().kind, ErrorKind::Denied);
}

// Made with `openssl genpkey` and `openssl pkey -aes256` (test use only; they sign nothing).
constexpr std::string_view kX25519Pem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VuBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n"
    "-----END PRIVATE KEY-----\n";

TEST(SigningKey, OtherContentIsRefusedWithTheReason) {
  struct Case {
    std::string text;
    std::string_view says;
  };
  std::string damaged = kPem;
  damaged[damaged.find("\n") + 4] = '!';
  const Case cases[] = {
      {"", "PKCS#8"},
      {"hello\n", "PKCS#8"},
      {damaged, "PKCS#8"},
      {kPem.substr(0, kPem.size() / 2), "PKCS#8"},
      {"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n", "PKCS#8"},
      {std::string(kX25519Pem), "X25519"},
      {std::string(20'000, 'x'), "16384"},
  };
  const test::ScratchFolder folder;
  for (const Case& c : cases) {
    test::write_text(folder / "key.pem", c.text, 0600);
    const Result<SigningKey> key = SigningKey::load(folder / "key.pem");
    ASSERT_FALSE(key) << c.text;
    EXPECT_NE(key.error().message.find(c.says), std::string::npos) << key.error().message;
    EXPECT_NE(key.error().message.find("key.pem"), std::string::npos) << key.error().message;
  }
}

}  // namespace
}  // namespace countersign
