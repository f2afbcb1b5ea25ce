// SPDX-License-Identifier: Apache-2.0
// All rules of a set as one graph: equal tests are one node, equal combinations of them too, so that what
// several rules ask is answered once per event. Made from the authors' trees without changing what they mean.
// Immutable once built; any thread. Refers to the tests inside the CompiledRules, which must outlive it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "rules/compiled_rule.h"

namespace countersign {

using NodeId = std::uint32_t;
inline constexpr NodeId kNoNode = UINT32_MAX;

/// One test on the values of a field, or (keyword) on every leaf value of an event.
struct Predicate {
  const LeafTest* test = nullptr;
  FieldId field = 0;
  bool keyword = false;
};

struct GraphNode {
  enum class Kind : std::uint8_t { Predicate, And, Or, Not };
  Kind kind = Kind::Predicate;
  bool wide = false;        // Or: so many children that answers already known are looked for first
  std::uint32_t first = 0;  // Predicate: index into predicates; else of the first child in children
  std::uint32_t count = 0;  // of children; And of none is true, Or of none is false
};

class RuleGraph {
 public:
  explicit RuleGraph(const CompiledRules& rules);

  std::size_t node_count() const { return nodes_.size(); }
  const GraphNode& node(NodeId id) const { return nodes_[id]; }
  /// Cheapest first.
  std::span<const NodeId> children(const GraphNode& node) const {
    return std::span(children_).subspan(node.first, node.count);
  }
  const Predicate& predicate(const GraphNode& node) const { return predicates_[node.first]; }
  std::size_t predicate_count() const { return predicates_.size(); }
  /// By index of the rule.
  const std::vector<NodeId>& roots() const { return roots_; }

 private:
  friend class GraphBuilder;
  std::vector<Predicate> predicates_;
  std::vector<GraphNode> nodes_;  // children before parents
  std::vector<NodeId> children_;
  std::vector<NodeId> roots_;
};

}  // namespace countersign
