// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/note.h"

#include <gtest/gtest.h>

#include "store/evidence/checkpoint.h"
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
    "— countersign.example/log1 KuJWcsT8b7IQB4228jFLjctRW1E0sYufDBtm60FmobiM5SbJ4eN/"
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

TEST(Checkpoint, OfTheInteropVectorVerifies) {
  const VerifierKey key = parse_vkey(kVkey).value();
  const OpenedCheckpoint opened = open_checkpoint(kNote, {&key, 1}).value();
  EXPECT_EQ(opened.checkpoint.origin, "countersign.example/log1");
  EXPECT_EQ(opened.checkpoint.size, 700U);
  ASSERT_EQ(opened.signatures.size(), 1U);
  EXPECT_EQ(opened.signatures[0].key, key);
}

}  // namespace
}  // namespace countersign
