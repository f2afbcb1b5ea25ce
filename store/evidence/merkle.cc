// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/merkle.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include <fmt/format.h>

namespace countersign {
namespace {

constexpr std::array<std::uint8_t, 1> kLeafPrefix{0x00};
constexpr std::array<std::uint8_t, 1> kNodePrefix{0x01};

struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t size() const { return end - begin; }
};

// The perfect subtrees of a range that begins at a multiple of a power of two not below its size.
std::vector<NodeId> perfect_subtrees(Range range) {
  std::vector<NodeId> nodes;
  while (range.size() > 0) {
    const auto level = static_cast<unsigned>(std::bit_width(range.size()) - 1);
    nodes.push_back({level, range.begin >> level});
    range.begin += std::uint64_t{1} << level;
  }
  return nodes;
}

Hash256 fold_from_the_right(std::span<const Hash256> hashes) {
  Hash256 hash = hashes.back();
  for (std::size_t i = hashes.size() - 1; i > 0; --i) hash = node_hash(hashes[i - 1], hash);
  return hash;
}

Result<Hash256> range_hash(Range range, const NodeReader& nodes) {
  std::vector<Hash256> hashes;
  for (const NodeId& node : perfect_subtrees(range)) {
    Result<Hash256> hash = nodes(node);
    if (!hash) return failure(hash.error());
    hashes.push_back(*hash);
  }
  return fold_from_the_right(hashes);
}

Result<std::vector<Hash256>> hashes_of(const std::vector<Range>& ranges, const NodeReader& nodes) {
  std::vector<Hash256> hashes;
  hashes.reserve(ranges.size());
  for (const Range& range : ranges) {
    Result<Hash256> hash = range_hash(range, nodes);
    if (!hash) return failure(hash.error());
    hashes.push_back(*hash);
  }
  return hashes;
}

// Splits at the largest power of two below the size (RFC 6962 §2.1).
std::uint64_t split_point(const Range& range) { return range.begin + std::bit_floor(range.size() - 1); }

// Goes down from `tree` towards the side of `target` and leaves the sibling at each step, root first.
void siblings_down_to(Range tree, std::uint64_t target, std::vector<Range>& out) {
  while (tree.size() > 1) {
    const std::uint64_t split = split_point(tree);
    if (target < split) {
      out.push_back({split, tree.end});
      tree.end = split;
    } else {
      out.push_back({tree.begin, split});
      tree.begin = split;
    }
  }
}

tl::unexpected<Error> refuted(std::string_view what, std::uint64_t a, std::uint64_t b, std::string_view why) {
  return failure(ErrorKind::Malformed, fmt::format("{} {} -> {}: {}", what, a, b, why));
}

}  // namespace

Hash256 leaf_hash(std::string_view entry) {
  Sha256 hasher;
  hasher.update(kLeafPrefix);
  hasher.update(entry);
  return hasher.finish();
}

Hash256 node_hash(const Hash256& left, const Hash256& right) {
  Sha256 hasher;
  hasher.update(kNodePrefix);
  hasher.update(left.bytes);
  hasher.update(right.bytes);
  return hasher.finish();
}

Hash256 empty_root() { return sha256({}); }

std::vector<NodeId> right_edge_nodes(std::uint64_t size) { return perfect_subtrees({0, size}); }

Result<RightEdge> RightEdge::restore(std::uint64_t size, std::vector<Hash256> peaks) {
  const auto expected = static_cast<std::size_t>(std::popcount(size));
  if (size > kTreeSizeMax || peaks.size() != expected) {
    return failure(ErrorKind::InvalidArgument,
                   fmt::format("tree of size {} has {} peaks, {} were given", size, expected, peaks.size()));
  }
  RightEdge edge;
  edge.size_ = size;
  edge.peaks_ = std::move(peaks);
  return edge;
}

void RightEdge::append(const Hash256& leaf) {
  Hash256 hash = leaf;
  for (std::uint64_t rest = size_; (rest & 1U) != 0; rest >>= 1U) {
    hash = node_hash(peaks_.back(), hash);
    peaks_.pop_back();
  }
  peaks_.push_back(hash);
  ++size_;
}

Hash256 RightEdge::root() const { return peaks_.empty() ? empty_root() : fold_from_the_right(peaks_); }

Result<Hash256> root_at(std::uint64_t size, const NodeReader& nodes) {
  if (size > kTreeSizeMax) {
    return failure(ErrorKind::InvalidArgument, fmt::format("tree size {} is above {}", size, kTreeSizeMax));
  }
  if (size == 0) return empty_root();
  return range_hash({0, size}, nodes);
}

Result<std::vector<Hash256>> inclusion_proof(EntrySeq seq, std::uint64_t size, const NodeReader& nodes) {
  if (size > kTreeSizeMax || seq.value >= size) {
    return failure(ErrorKind::InvalidArgument,
                   fmt::format("entry {} is not in a tree of size {}", seq.value, size));
  }
  std::vector<Range> ranges;
  siblings_down_to({0, size}, seq.value, ranges);
  std::reverse(ranges.begin(), ranges.end());
  return hashes_of(ranges, nodes);
}

Result<std::vector<Hash256>> consistency_proof(std::uint64_t old_size, std::uint64_t new_size,
                                               const NodeReader& nodes) {
  if (new_size > kTreeSizeMax || old_size > new_size) {
    return failure(ErrorKind::InvalidArgument,
                   fmt::format("no consistency proof from size {} to size {}", old_size, new_size));
  }
  if (old_size == 0 || old_size == new_size) return std::vector<Hash256>();
  // SUBPROOF of RFC 6962: down the new tree along the old tree's right border, until a subtree is wholly old.
  std::vector<Range> ranges;
  Range tree{0, new_size};
  while (tree.end != old_size) {
    const std::uint64_t split = split_point(tree);
    if (old_size <= split) {
      ranges.push_back({split, tree.end});
      tree.end = split;
    } else {
      ranges.push_back({tree.begin, split});
      tree.begin = split;
    }
  }
  if (tree.begin != 0) ranges.push_back(tree);
  std::reverse(ranges.begin(), ranges.end());
  return hashes_of(ranges, nodes);
}

Result<void> verify_inclusion(const Hash256& leaf, EntrySeq seq, std::uint64_t size, const Hash256& root,
                              std::span<const Hash256> proof) {
  constexpr std::string_view kWhat = "inclusion";
  if (size > kTreeSizeMax || seq.value >= size) {
    return refuted(kWhat, seq.value, size, "the entry is not in a tree of that size");
  }
  std::uint64_t node = seq.value;
  std::uint64_t last = size - 1;
  Hash256 hash = leaf;
  for (const Hash256& sibling : proof) {
    if (last == 0) return refuted(kWhat, seq.value, size, "the proof is too long");
    if ((node & 1U) != 0 || node == last) {
      hash = node_hash(sibling, hash);
      // A node without a right sibling is carried up unchanged: skip to the level where it is a right child.
      while ((node & 1U) == 0 && node != 0) {
        node >>= 1U;
        last >>= 1U;
      }
    } else {
      hash = node_hash(hash, sibling);
    }
    node >>= 1U;
    last >>= 1U;
  }
  if (last != 0) return refuted(kWhat, seq.value, size, "the proof is too short");
  if (hash != root) return refuted(kWhat, seq.value, size, "the proof leads to another root");
  return {};
}

Result<void> verify_consistency(std::uint64_t old_size, const Hash256& old_root, std::uint64_t new_size,
                                const Hash256& new_root, std::span<const Hash256> proof) {
  constexpr std::string_view kWhat = "consistency";
  if (new_size > kTreeSizeMax || old_size > new_size) {
    return refuted(kWhat, old_size, new_size, "the older tree is larger");
  }
  if (old_size == 0 || old_size == new_size) {
    if (!proof.empty()) return refuted(kWhat, old_size, new_size, "the proof is too long");
    const Hash256 expected = old_size == 0 ? empty_root() : new_root;
    if (old_root != expected) return refuted(kWhat, old_size, new_size, "the roots differ");
    return {};
  }
  std::uint64_t node = old_size - 1;
  std::uint64_t last = new_size - 1;
  while ((node & 1U) != 0) {
    node >>= 1U;
    last >>= 1U;
  }
  // A power of two: the old root itself is the first hash, and is left out of the proof.
  Hash256 from_old = old_root;
  if (!std::has_single_bit(old_size)) {
    if (proof.empty()) return refuted(kWhat, old_size, new_size, "the proof is too short");
    from_old = proof.front();
    proof = proof.subspan(1);
  }
  Hash256 from_new = from_old;
  for (const Hash256& sibling : proof) {
    if (last == 0) return refuted(kWhat, old_size, new_size, "the proof is too long");
    if ((node & 1U) != 0 || node == last) {
      from_old = node_hash(sibling, from_old);
      from_new = node_hash(sibling, from_new);
      while ((node & 1U) == 0 && node != 0) {
        node >>= 1U;
        last >>= 1U;
      }
    } else {
      from_new = node_hash(from_new, sibling);
    }
    node >>= 1U;
    last >>= 1U;
  }
  if (last != 0) return refuted(kWhat, old_size, new_size, "the proof is too short");
  if (from_old != old_root) return refuted(kWhat, old_size, new_size, "the proof leads to another old root");
  if (from_new != new_root) return refuted(kWhat, old_size, new_size, "the proof leads to another new root");
  return {};
}

}  // namespace countersign
