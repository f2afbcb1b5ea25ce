// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/checkpoint.h"

#include <gtest/gtest.h>

#include "store/evidence/merkle.h"
#include "tests/unit/evidence/test_key.h"

namespace countersign {
namespace {

constexpr std::string_view kVkey =
    "countersign.example/log1+2ae25672+AXsGjNcSfN9DAb3zqLYxl+0ZtqPgmbzUwQqt7HlcYV3B";
constexpr std::string_view kNote =
    "countersign.example/log1\n"
    "700\n"
    "ZUmem3gXIRFEOY/VuF28tcNyBOg+SzLo9App3og5U0Q=\n"
    "\n"
    "\u2014 countersign.example/log1 KuJWcsT8b7IQB4228jFLjctRW1E0sYufDBtm60FmobiM5SbJ4eN/"
    "8M3htXJSJ1T/ikkoZ7KKUY0XOruZb/zLzXhxBgc=\n";

TEST(Checkpoint, OfTheInteropVectorIsReproducedByteForByte) {
  const SigningKey key = test::key_from_seed_text("countersign interop test key");
  RightEdge edge;
  for (int i = 0; i < 700; ++i) {
    char number[16];
    ASSERT_GT(std::snprintf(number, sizeof number, "%06d", i), 0);
    edge.append(leaf_hash(std::string(R"({"alert":"A-)") + number +
                          R"(","decision":"benign","owner":"u:alice","seq":)" + std::to_string(i) +
                          R"(,"type":"alert.decided","v":1})"));
  }
  const auto vkey = make_verifier_key("countersign.example/log1", KeyType::Ed25519, key.public_key()).value();
  EXPECT_EQ(format_vkey(vkey), kVkey);
  EXPECT_EQ(sign_checkpoint({"countersign.example/log1", 700, edge.root()}, key).value(), kNote);
}

TEST(Checkpoint, OfTheInteropVectorVerifiesAndNoByteOfItCanChange) {
  const VerifierKey key = parse_vkey(kVkey).value();
  const OpenedCheckpoint opened = open_checkpoint(kNote, {&key, 1}).value();
  EXPECT_EQ(opened.checkpoint.origin, "countersign.example/log1");
  EXPECT_EQ(opened.checkpoint.size, 700U);
  ASSERT_EQ(opened.signatures.size(), 1U);
  EXPECT_EQ(opened.signatures[0].key, key);
  for (std::size_t at = 0; at < kNote.size(); ++at) {
    for (const int flip : {1, 2, 4, 8, 16, 32, 64, 128}) {
      std::string altered(kNote);
      altered[at] = static_cast<char>(altered[at] ^ flip);
      EXPECT_FALSE(open_checkpoint(altered, {&key, 1})) << at << " ^ " << flip;
    }
  }
}

TEST(Checkpoint, ExtensionLinesAreKept) {
  const Checkpoint checkpoint{"log", 3, sha256("root"), {"first extension", "second"}};
  const std::string text = format_checkpoint(checkpoint);
  EXPECT_EQ(parse_checkpoint(text).value(), checkpoint);
  const SigningKey key = test::key_from_seed_text("key");
  const VerifierKey verifier = make_verifier_key("log", KeyType::Ed25519, key.public_key()).value();
  const std::string note = sign_checkpoint(checkpoint, key).value();
  EXPECT_EQ(open_checkpoint(note, {&verifier, 1})->checkpoint, checkpoint);
}

TEST(Checkpoint, MalformedOnesAreRefusedWithTheReason) {
  const std::string root = to_base64(std::string(32, 'r'));
  struct Case {
    std::string text;
    std::string_view says;
  };
  const Case cases[] = {
      {"", "0 lines"},
      {"log\n", "1 lines"},
      {"log\n1\n", "2 lines"},
      {"log\n1\n" + root, "does not end in a newline"},
      {"\n1\n" + root + "\n", "line 1 is empty"},
      {"log\n\n" + root + "\n", "line 2 is empty"},
      {"log\n1\n" + root + "\n\n", "line 4 is empty"},
      {"log\n01\n" + root + "\n", "not a tree size"},
      {"log\n-1\n" + root + "\n", "not a tree size"},
      {"log\n+1\n" + root + "\n", "not a tree size"},
      {"log\n1 \n" + root + "\n", "not a tree size"},
      {"log\n0x1\n" + root + "\n", "not a tree size"},
      {"log\n9223372036854775808\n" + root + "\n", "not a tree size"},
      {"log\n18446744073709551616\n" + root + "\n", "not a tree size"},
      {"log\n1\n" + root.substr(0, 43) + "\n", "base64 of 32 bytes"},
      {"log\n1\n" + to_base64(std::string(31, 'r')) + "\n", "base64 of 32 bytes"},
      {"log\n1\n" + to_base64(std::string(33, 'r')) + "\n", "base64 of 32 bytes"},
      {"log\n0\n" + root + "\n", "empty tree"},
  };
  for (const Case& c : cases) {
    const Result<Checkpoint> parsed = parse_checkpoint(c.text);
    ASSERT_FALSE(parsed) << c.text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::Malformed);
    EXPECT_NE(parsed.error().message.find(c.says), std::string::npos) << parsed.error().message;
  }
  EXPECT_EQ(parse_checkpoint("log\n9223372036854775807\n" + root + "\n")->size, kTreeSizeMax);
}

TEST(Checkpoint, MustBeSignedByAKeyWithTheOriginAsItsName) {
  const SigningKey key = test::key_from_seed_text("key");
  const Checkpoint checkpoint{"log", 3, sha256("root")};
  SignedNote note{format_checkpoint(checkpoint), {}};
  note.signatures.push_back(sign_note(note.text, "other", key).value());
  const VerifierKey other = make_verifier_key("other", KeyType::Ed25519, key.public_key()).value();
  const Result<OpenedCheckpoint> refused = open_checkpoint(format_note(note).value(), {&other, 1});
  EXPECT_EQ(refused.error().kind, ErrorKind::Denied);
  EXPECT_NE(refused.error().message.find("named log"), std::string::npos) << refused.error().message;
  EXPECT_EQ(sign_checkpoint({"two words", 3, sha256("root")}, key).error().kind, ErrorKind::InvalidArgument);
}

}  // namespace
}  // namespace countersign
