// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/merkle.h"

#include <algorithm>
#include <array>
#include <bit>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace countersign {
namespace {

std::string leaf_data(std::uint64_t i) { return "leaf " + std::to_string(i); }

std::vector<Hash256> leaves(std::uint64_t count) {
  std::vector<Hash256> hashes;
  for (std::uint64_t i = 0; i < count; ++i) hashes.push_back(leaf_hash(leaf_data(i)));
  return hashes;
}

/// MTH, PATH and PROOF as RFC 6962 §2.1 writes them down: recursive, slow, over plain leaves.
struct Reference {
  using Hashes = std::span<const Hash256>;

  static std::size_t split(std::size_t n) { return std::bit_floor(n - 1); }

  static Hash256 root(Hashes d) {
    if (d.empty()) return sha256("");
    if (d.size() == 1) return d[0];
    const std::size_t k = split(d.size());
    return node_hash(root(d.first(k)), root(d.subspan(k)));
  }

  static std::vector<Hash256> path(std::size_t m, Hashes d) {
    if (d.size() == 1) return {};
    const std::size_t k = split(d.size());
    std::vector<Hash256> proof = m < k ? path(m, d.first(k)) : path(m - k, d.subspan(k));
    proof.push_back(m < k ? root(d.subspan(k)) : root(d.first(k)));
    return proof;
  }

  static std::vector<Hash256> subproof(std::size_t m, Hashes d, bool complete) {
    if (m == d.size()) return complete ? std::vector<Hash256>{} : std::vector<Hash256>{root(d)};
    const std::size_t k = split(d.size());
    std::vector<Hash256> proof =
        m <= k ? subproof(m, d.first(k), complete) : subproof(m - k, d.subspan(k), false);
    proof.push_back(m <= k ? root(d.subspan(k)) : root(d.first(k)));
    return proof;
  }
};

NodeReader reader_of(const std::vector<Hash256>& hashes) {
  return [&hashes](NodeId node) -> Result<Hash256> {
    const std::uint64_t begin = node.index << node.level;
    const std::uint64_t count = std::uint64_t{1} << node.level;
    if (begin + count > hashes.size()) return failure(ErrorKind::Internal, "beyond the tree");
    return Reference::root(std::span(hashes).subspan(begin, count));
  };
}

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

TEST(Merkle, RootsOfTheKnownVectors) {
  constexpr std::array<std::string_view, 8> kLeaves{
      "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
  constexpr std::array<std::string_view, 9> kRoots{
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  RightEdge edge;
  EXPECT_EQ(to_hex(edge.root()), kRoots[0]);
  for (std::size_t i = 0; i < kLeaves.size(); ++i) {
    edge.append(leaf_hash(from_hex(kLeaves[i])));
    EXPECT_EQ(to_hex(edge.root()), kRoots[i + 1]) << "size " << i + 1;
  }
}

TEST(Merkle, RightEdgeEqualsTheRecursiveDefinitionAtEverySize) {
  const std::vector<Hash256> hashes = leaves(600);
  const NodeReader reader = reader_of(hashes);
  RightEdge edge;
  for (std::uint64_t size = 0; size <= hashes.size(); ++size) {
    const Hash256 expected = Reference::root(std::span(hashes).first(size));
    ASSERT_EQ(edge.root(), expected) << size;
    ASSERT_EQ(root_at(size, reader).value(), expected) << size;
    std::vector<Hash256> peaks;
    for (const NodeId& node : right_edge_nodes(size)) peaks.push_back(reader(node).value());
    ASSERT_EQ(RightEdge::restore(size, peaks).value().root(), expected) << size;
    if (size < hashes.size()) edge.append(hashes[size]);
  }
}

TEST(Merkle, RestoreRefusesAWrongNumberOfPeaks) {
  EXPECT_EQ(RightEdge::restore(3, leaves(1)).error().kind, ErrorKind::InvalidArgument);
  EXPECT_EQ(RightEdge::restore(4, leaves(2)).error().kind, ErrorKind::InvalidArgument);
  EXPECT_EQ(RightEdge::restore(0, leaves(1)).error().kind, ErrorKind::InvalidArgument);
}

TEST(Merkle, InclusionOfEveryLeafInEveryTreeUpTo130) {
  const std::vector<Hash256> hashes = leaves(130);
  const NodeReader reader = reader_of(hashes);
  for (std::uint64_t size = 1; size <= hashes.size(); ++size) {
    const auto tree = std::span(hashes).first(size);
    const Hash256 root = Reference::root(tree);
    for (std::uint64_t seq = 0; seq < size; ++seq) {
      const auto proof = inclusion_proof(EntrySeq{seq}, size, reader).value();
      ASSERT_EQ(proof, Reference::path(seq, tree)) << seq << " in " << size;
      ASSERT_TRUE(verify_inclusion(hashes[seq], EntrySeq{seq}, size, root, proof)) << seq << " in " << size;
    }
  }
}

TEST(Merkle, ConsistencyOfEveryPairUpTo130) {
  const std::vector<Hash256> hashes = leaves(130);
  const NodeReader reader = reader_of(hashes);
  for (std::uint64_t size = 0; size <= hashes.size(); ++size) {
    const auto tree = std::span(hashes).first(size);
    const Hash256 root = Reference::root(tree);
    for (std::uint64_t old = 0; old <= size; ++old) {
      const auto proof = consistency_proof(old, size, reader).value();
      if (old > 0) {
        ASSERT_EQ(proof, Reference::subproof(old, tree, true)) << old << " to " << size;
      }
      const Hash256 old_root = Reference::root(tree.first(old));
      ASSERT_TRUE(verify_consistency(old, old_root, size, root, proof)) << old << " to " << size;
    }
  }
}

TEST(Merkle, ProofsInLargeRandomTreesHold) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  const std::vector<Hash256> hashes = leaves(5'000);
  const NodeReader reader = reader_of(hashes);
  for (int round = 0; round < 60; ++round) {
    const std::uint64_t size = 1 + random() % hashes.size();
    const std::uint64_t old = 1 + random() % size;
    const std::uint64_t seq = random() % size;
    const auto tree = std::span(hashes).first(size);
    const Hash256 root = Reference::root(tree);
    const auto inclusion = inclusion_proof(EntrySeq{seq}, size, reader).value();
    EXPECT_EQ(inclusion, Reference::path(seq, tree));
    EXPECT_TRUE(verify_inclusion(hashes[seq], EntrySeq{seq}, size, root, inclusion));
    const auto consistency = consistency_proof(old, size, reader).value();
    EXPECT_EQ(consistency, Reference::subproof(old, tree, true));
    EXPECT_TRUE(verify_consistency(old, Reference::root(tree.first(old)), size, root, consistency));
  }
}

// Every proof of every tree up to 20 leaves, with each hash altered, dropped or doubled, and with each number
// and root replaced by its neighbour: nothing of it may verify.
TEST(Merkle, AlteredInclusionProofsAreRefused) {
  const std::vector<Hash256> hashes = leaves(20);
  const NodeReader reader = reader_of(hashes);
  for (std::uint64_t size = 1; size <= hashes.size(); ++size) {
    const Hash256 root = Reference::root(std::span(hashes).first(size));
    for (std::uint64_t seq = 0; seq < size; ++seq) {
      const auto proof = inclusion_proof(EntrySeq{seq}, size, reader).value();
      const auto refuted = [&](std::vector<Hash256> altered) {
        return !verify_inclusion(hashes[seq], EntrySeq{seq}, size, root, altered);
      };
      for (std::size_t i = 0; i < proof.size(); ++i) {
        auto altered = proof;
        altered[i].bytes[31] ^= 1;
        EXPECT_TRUE(refuted(altered));
        altered = proof;
        altered.erase(altered.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_TRUE(refuted(altered));
      }
      auto longer = proof;
      longer.push_back(root);
      EXPECT_TRUE(refuted(longer));
      Hash256 leaf = hashes[seq];
      leaf.bytes[0] ^= 0x80;
      EXPECT_FALSE(verify_inclusion(leaf, EntrySeq{seq}, size, root, proof));
      EXPECT_FALSE(verify_inclusion(hashes[seq], EntrySeq{seq}, size, leaf, proof));
      EXPECT_FALSE(verify_inclusion(hashes[seq], EntrySeq{size}, size, root, proof));
      if (seq > 0) {
        EXPECT_FALSE(verify_inclusion(hashes[seq], EntrySeq{seq - 1}, size, root, proof));
      }
    }
  }
}

TEST(Merkle, AlteredConsistencyProofsAreRefused) {
  const std::vector<Hash256> hashes = leaves(20);
  const NodeReader reader = reader_of(hashes);
  for (std::uint64_t size = 1; size <= hashes.size(); ++size) {
    const Hash256 root = Reference::root(std::span(hashes).first(size));
    for (std::uint64_t old = 1; old <= size; ++old) {
      const Hash256 old_root = Reference::root(std::span(hashes).first(old));
      const auto proof = consistency_proof(old, size, reader).value();
      for (std::size_t i = 0; i < proof.size(); ++i) {
        auto altered = proof;
        altered[i].bytes[0] ^= 1;
        EXPECT_FALSE(verify_consistency(old, old_root, size, root, altered));
        altered = proof;
        altered.erase(altered.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_FALSE(verify_consistency(old, old_root, size, root, altered));
      }
      auto longer = proof;
      longer.push_back(root);
      EXPECT_FALSE(verify_consistency(old, old_root, size, root, longer));
      Hash256 other = old_root;
      other.bytes[5] ^= 4;
      EXPECT_FALSE(verify_consistency(old, other, size, root, proof));
      EXPECT_FALSE(verify_consistency(old, old_root, size, other, proof));
      EXPECT_FALSE(verify_consistency(size + 1, root, size, root, proof));
      if (old < size) {
        EXPECT_FALSE(verify_consistency(old, old_root, old, root, proof));
      }
    }
  }
}

TEST(Merkle, NumbersThatContradictEachOtherAreRefused) {
  const std::vector<Hash256> hashes = leaves(4);
  const NodeReader reader = reader_of(hashes);
  EXPECT_EQ(inclusion_proof(EntrySeq{4}, 4, reader).error().kind, ErrorKind::InvalidArgument);
  EXPECT_EQ(consistency_proof(4, 3, reader).error().kind, ErrorKind::InvalidArgument);
  EXPECT_EQ(inclusion_proof(EntrySeq{0}, kTreeSizeMax + 1, reader).error().kind, ErrorKind::InvalidArgument);
  EXPECT_EQ(consistency_proof(1, kTreeSizeMax + 1, reader).error().kind, ErrorKind::InvalidArgument);
  EXPECT_EQ(root_at(kTreeSizeMax + 1, reader).error().kind, ErrorKind::InvalidArgument);
  EXPECT_FALSE(verify_inclusion(hashes[0], EntrySeq{0}, kTreeSizeMax + 1, hashes[0], {}));
  EXPECT_FALSE(verify_consistency(0, hashes[0], 4, hashes[1], {}));
  EXPECT_FALSE(verify_consistency(0, empty_root(), 4, hashes[1], hashes));
}

TEST(Merkle, AFailingReaderFailsTheProof) {
  const NodeReader broken = [](NodeId) -> Result<Hash256> { return failure(ErrorKind::Unavailable, "disk"); };
  EXPECT_EQ(root_at(3, broken).error().kind, ErrorKind::Unavailable);
  EXPECT_EQ(inclusion_proof(EntrySeq{1}, 3, broken).error().kind, ErrorKind::Unavailable);
  EXPECT_EQ(consistency_proof(2, 3, broken).error().kind, ErrorKind::Unavailable);
}

}  // namespace
}  // namespace countersign
