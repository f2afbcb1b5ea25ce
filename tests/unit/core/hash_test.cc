// SPDX-License-Identifier: Apache-2.0
#include "core/hash.h"

#include <gtest/gtest.h>

namespace countersign {
namespace {

TEST(Sha256, GivesTheVectorsOfFips180) {
  EXPECT_EQ(to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, StartsAnewAfterFinish) {
  Sha256 hasher;
  hasher.update("abc");
  const Hash256 first = hasher.finish();
  hasher.update("a");
  hasher.update("bc");
  EXPECT_EQ(hasher.finish(), first);
}

TEST(Sha256, NumbersAreBigEndian) {
  Sha256 hasher;
  hasher.update_u64(0x0102030405060708ULL);
  const Hash256 number = hasher.finish();
  EXPECT_EQ(number, sha256("\x01\x02\x03\x04\x05\x06\x07\x08"));
}

TEST(Hex, ReadsBackWhatItWrites) {
  const Hash256 hash = sha256("x");
  EXPECT_EQ(hash_from_hex(to_hex(hash)), hash);
  EXPECT_FALSE(hash_from_hex("00"));
  EXPECT_FALSE(hash_from_hex(std::string(63, '0') + "g"));
}

TEST(Base64, IsStrict) {
  // RFC 4648 §10
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(to_base64(std::string_view(plain)), encoded);
    EXPECT_EQ(from_base64(encoded), plain);
  }
  for (const char* wrong : {"Zg=", "Zg", "Zh==", " Zg==", "Zg==\n", "Zm9v=", "====", "Z===", "Zm-v"}) {
    EXPECT_FALSE(from_base64(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace countersign
