// SPDX-License-Identifier: Apache-2.0
// The Merkle tree of RFC 6962 §2.1 over SHA-256: hashes, the right edge of a growing tree, proofs and their
// verification. Pure values and functions; any thread. A size is a number of leaves, at most kTreeSizeMax.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "core/hash.h"
#include "core/ids.h"
#include "core/result.h"

namespace countersign {

/// Go's verifiers hold sizes in an int64.
inline constexpr std::uint64_t kTreeSizeMax = (std::uint64_t{1} << 63U) - 1;

Hash256 leaf_hash(std::string_view entry);
Hash256 node_hash(const Hash256& left, const Hash256& right);
/// SHA-256 of nothing: the root of a tree without leaves.
Hash256 empty_root();

/// A perfect subtree: the leaves [index · 2^level, (index + 1) · 2^level).
struct NodeId {
  unsigned level = 0;
  std::uint64_t index = 0;
  auto operator<=>(const NodeId&) const = default;
};

/// Gives the hash of a perfect subtree that lies wholly within the tree.
using NodeReader = std::function<Result<Hash256>(NodeId)>;

/// The perfect subtrees that cover [0, size), the largest (leftmost) first.
std::vector<NodeId> right_edge_nodes(std::uint64_t size);

/// A growing tree, of which only the right edge is kept (at most 63 hashes).
class RightEdge {
 public:
  RightEdge() = default;
  /// `peaks` are the hashes of right_edge_nodes(size), in that order. InvalidArgument: their number is wrong.
  static Result<RightEdge> restore(std::uint64_t size, std::vector<Hash256> peaks);

  void append(const Hash256& leaf);
  std::uint64_t size() const { return size_; }
  Hash256 root() const;

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash256> peaks_;
};

// Errors of the next three: InvalidArgument (the numbers contradict each other), and whatever `nodes` gives.

/// The root that the tree had at `size`.
Result<Hash256> root_at(std::uint64_t size, const NodeReader& nodes);
/// RFC 6962 §2.1.1: from the leaf's sibling up to the root's child. Needs seq < size.
Result<std::vector<Hash256>> inclusion_proof(EntrySeq seq, std::uint64_t size, const NodeReader& nodes);
/// RFC 6962 §2.1.2. Needs old_size <= new_size; empty when old_size is 0 or the sizes are equal.
Result<std::vector<Hash256>> consistency_proof(std::uint64_t old_size, std::uint64_t new_size,
                                               const NodeReader& nodes);

// Verification needs nothing but its arguments. Malformed: the proof does not show what it should.

Result<void> verify_inclusion(const Hash256& leaf, EntrySeq seq, std::uint64_t size, const Hash256& root,
                              std::span<const Hash256> proof);
Result<void> verify_consistency(std::uint64_t old_size, const Hash256& old_root, std::uint64_t new_size,
                                const Hash256& new_root, std::span<const Hash256> proof);

}  // namespace countersign
