// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/proof.h"

#include <gtest/gtest.h>

#include "store/evidence/merkle.h"
#include "store/evidence/tiles.h"
#include "tests/unit/evidence/test_log.h"

namespace countersign {
namespace {

struct Log : test::TestLog {
  Log() { fill(300); }
  TlogProof proof(std::uint64_t seq, std::uint64_t size) const {
    const NodeReader nodes = [this](NodeId node) -> Result<Hash256> {
      std::vector<Hash256> leaves;
      for (std::uint64_t i = 0; i < std::uint64_t{1} << node.level; ++i) {
        leaves.push_back(leaf_hash(entries.at((node.index << node.level) + i)));
      }
      return subtree_root(leaves);
    };
    return {{}, EntrySeq{seq}, inclusion_proof(EntrySeq{seq}, size, nodes).value(), checkpoint(size)};
  }
};

TEST(TlogProof, RoundTripsAndVerifies) {
  const Log log;
  const VerifierKey key = log.vkey();
  for (const auto& [seq, size] : {std::pair{0U, 1U}, {0U, 300U}, {277U, 300U}, {299U, 300U}, {128U, 257U}}) {
    const TlogProof proof = log.proof(seq, size);
    const std::string text = format_proof(proof);
    EXPECT_TRUE(text.starts_with("c2sp.org/tlog-proof@v1\nindex " + std::to_string(seq) + "\n")) << text;
    EXPECT_TRUE(text.ends_with("\n\n" + log.checkpoint(size))) << text;
    const TlogProof read = parse_proof(text).value();
    EXPECT_EQ(read, proof);
    const Result<OpenedCheckpoint> verified = verify_proof(read, log.entries[seq], {&key, 1});
    ASSERT_TRUE(verified) << verified.error().message;
    EXPECT_EQ(verified->checkpoint.size, size);
    EXPECT_FALSE(verify_proof(read, log.entries[seq] + " ", {&key, 1}));
    EXPECT_EQ(verify_proof(read, log.entries[seq], {}).error().kind, ErrorKind::Denied);
  }
}

TEST(TlogProof, ExtraDataIsKept) {
  const Log log;
  TlogProof proof = log.proof(3, 10);
  proof.extra = std::string("\0any\xFF", 5);
  const std::string text = format_proof(proof);
  EXPECT_TRUE(text.starts_with("c2sp.org/tlog-proof@v1\nextra AGFuef8=\nindex 3\n")) << text;
  EXPECT_EQ(parse_proof(text).value(), proof);
}

TEST(TlogProof, EveryFlippedByteIsFound) {
  const Log log;
  const VerifierKey key = log.vkey();
  const std::string good = format_proof(log.proof(277, 300));
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string altered = good;
    altered[at] = static_cast<char>(altered[at] ^ (1 << (at % 8)));
    const Result<TlogProof> read = parse_proof(altered);
    if (!read) continue;
    EXPECT_FALSE(verify_proof(*read, log.entries[277], {&key, 1})) << at;
  }
}

TEST(TlogProof, MalformedOnesAreRefusedWithTheReason) {
  const std::string hash = to_base64(std::string(32, 'h')) + "\n";
  std::string many;
  for (int i = 0; i < 64; ++i) many += hash;
  struct Case {
    std::string text;
    std::string_view says;
  };
  const Case cases[] = {
      {"", "line 1 must be"},
      {"c2sp.org/tlog-proof@v1", "line 1 must be"},
      {"c2sp.org/tlog-proof@v2\nindex 1\n\n", "line 1 must be"},
      {"c2sp.org/tlog-proof@v1\n", "no line with the index"},
      {"c2sp.org/tlog-proof@v1\nindex\n\n", "no line with the index"},
      {"c2sp.org/tlog-proof@v1\nindex 01\n\n", "the index is no number"},
      {"c2sp.org/tlog-proof@v1\nindex -1\n\n", "the index is no number"},
      {"c2sp.org/tlog-proof@v1\nextra !\nindex 1\n\n", "not base64"},
      {"c2sp.org/tlog-proof@v1\nextra AA==\nextra AA==\nindex 1\n\n", "no line with the index"},
      {"c2sp.org/tlog-proof@v1\nindex 1\n" + hash, "no empty line"},
      {"c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\n", "hash 0 is not the base64 of 32 bytes"},
      {"c2sp.org/tlog-proof@v1\nindex 1\n" + many + "\n", "more than 63 hashes"},
  };
  for (const Case& c : cases) {
    const Result<TlogProof> read = parse_proof(c.text);
    ASSERT_FALSE(read) << c.text;
    EXPECT_NE(read.error().message.find(c.says), std::string::npos) << read.error().message;
  }
}

}  // namespace
}  // namespace countersign
