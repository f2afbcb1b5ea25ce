// SPDX-License-Identifier: Apache-2.0
#include "rules/plan/rule_graph.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "rules/plan/predicate_key.h"

namespace countersign {
namespace {

constexpr std::uint32_t kFlattenMax = 16;  // longer lists stay nodes of their own, which rules share
constexpr std::uint32_t kWideMin = 8;      // children of an Or whose known answers are looked for first

const LeafTest kThere{ExistsTest{true}};

/// Orders tests by what they cost, in units of about a nanosecond on a value of 100 bytes.
struct TestCost {
  float operator()(const TextTest& test) const {
    switch (test.pattern.shape()) {
      case Pattern::Shape::Contains: return 20;
      case Pattern::Shape::Tokens: return 100;
      default: return 5;
    }
  }
  float operator()(const NumberTest& /*test*/) const { return 4; }
  float operator()(const BoolTest& /*test*/) const { return 5; }
  float operator()(const NullTest& /*test*/) const { return 2; }
  float operator()(const ExistsTest& /*test*/) const { return 1; }
  float operator()(const RegexTest& /*test*/) const { return 300; }
  float operator()(const NetworkTest& /*test*/) const { return 60; }
  float operator()(const CompareTest& /*test*/) const { return 20; }
  float operator()(const TimePartTest& /*test*/) const { return 200; }
  float operator()(const FieldTest& /*test*/) const { return 30; }
};

constexpr float kValuesOfAnEvent = 40;

float cost_of(const Predicate& predicate) {
  return std::visit(TestCost{}, *predicate.test) * (predicate.keyword ? kValuesOfAnEvent : 1);
}

struct KeyHash {
  std::size_t operator()(const std::vector<std::uint32_t>& key) const {
    std::uint64_t hash = 0x9E3779B97F4A7C15ULL;  // the golden ratio, as in Fibonacci hashing
    for (const std::uint32_t part : key) hash = (hash ^ part) * 0xBF58476D1CE4E5B9ULL + (hash >> 29U);
    return hash;
  }
};

}  // namespace

class GraphBuilder {
 public:
  explicit GraphBuilder(RuleGraph& graph) : graph_(graph) {}

  void add(const CompiledRule& rule) {
    std::vector<NodeId> selections;
    for (const Selection& selection : rule.selections) selections.push_back(node_of(selection));
    std::vector<NodeId> conditions;
    for (const Expression& condition : rule.conditions) conditions.push_back(node_of(condition, selections));
    graph_.roots_.push_back(combine(GraphNode::Kind::Or, std::move(conditions)));
  }

 private:
  using Kind = GraphNode::Kind;

  NodeId node_of(const Selection& selection) {
    std::vector<NodeId> alternatives;
    for (const std::vector<Item>& items : selection.alternatives) {
      std::vector<NodeId> all;
      for (const Item& item : items) all.push_back(node_of(item));
      alternatives.push_back(combine(Kind::And, std::move(all)));
    }
    return combine(Kind::Or, std::move(alternatives));
  }

  NodeId node_of(const Item& item) {
    std::vector<NodeId> values;
    for (const std::vector<LeafTest>& variants : item.values) {
      std::vector<NodeId> any;
      for (const LeafTest& test : variants) any.push_back(predicate({&test, item.field, item.keyword}));
      values.push_back(combine(Kind::Or, std::move(any)));
    }
    const NodeId found = combine(item.all ? Kind::And : Kind::Or, std::move(values));
    if (!item.negated) return found;
    return combine(Kind::And, {predicate({&kThere, item.field, false}), combine(Kind::Not, {found})});
  }

  NodeId node_of(const Expression& expression, const std::vector<NodeId>& selections) {
    std::vector<NodeId> children;
    for (const Expression& child : expression.children) children.push_back(node_of(child, selections));
    for (const std::uint32_t index : expression.selections) children.push_back(selections[index]);
    switch (expression.kind) {
      case Expression::Kind::And:
      case Expression::Kind::AllOf: return combine(Kind::And, std::move(children));
      case Expression::Kind::Or:
      case Expression::Kind::OneOf: return combine(Kind::Or, std::move(children));
      case Expression::Kind::Not: return combine(Kind::Not, std::move(children));
    }
    return kNoNode;
  }

  NodeId predicate(const Predicate& predicate) {
    const auto [entry, added] = predicate_ids_.try_emplace(predicate_key(predicate), kNoNode);
    if (!added) return entry->second;
    entry->second = append({Kind::Predicate, false, static_cast<std::uint32_t>(graph_.predicates_.size()), 0},
                           cost_of(predicate));
    graph_.predicates_.push_back(predicate);
    return entry->second;
  }

  NodeId combine(Kind kind, std::vector<NodeId> children) {
    if (kind != Kind::Not) flatten(kind, children);
    if (children.size() == 1 && kind != Kind::Not) return children.front();
    std::vector<std::uint32_t> key = children;
    key.push_back(static_cast<std::uint32_t>(kind));
    const auto [entry, added] = node_ids_.try_emplace(std::move(key), kNoNode);
    if (!added) return entry->second;
    std::sort(children.begin(), children.end(),
              [this](NodeId a, NodeId b) { return std::pair(costs_[a], a) < std::pair(costs_[b], b); });
    float cost = 0;
    for (const NodeId child : children) cost += costs_[child];
    const auto first = static_cast<std::uint32_t>(graph_.children_.size());
    const auto count = static_cast<std::uint32_t>(children.size());
    graph_.children_.insert(graph_.children_.end(), children.begin(), children.end());
    return entry->second = append({kind, kind == Kind::Or && count >= kWideMin, first, count}, cost);
  }

  /// A short And in an And, and Or in an Or, are as good as their children; each child once, in one order.
  void flatten(Kind kind, std::vector<NodeId>& children) {
    std::vector<NodeId> flat;
    for (const NodeId child : children) {
      const GraphNode node = graph_.nodes_[child];
      if (node.kind == kind && node.count <= kFlattenMax) {
        const std::span<const NodeId> inner = graph_.children(node);
        flat.insert(flat.end(), inner.begin(), inner.end());
      } else {
        flat.push_back(child);
      }
    }
    std::sort(flat.begin(), flat.end());
    flat.erase(std::unique(flat.begin(), flat.end()), flat.end());
    children = std::move(flat);
  }

  NodeId append(const GraphNode& node, float cost) {
    graph_.nodes_.push_back(node);
    costs_.push_back(cost);
    return static_cast<NodeId>(graph_.nodes_.size() - 1);
  }

  RuleGraph& graph_;
  std::vector<float> costs_;  // by node
  std::unordered_map<std::string, NodeId> predicate_ids_;
  std::unordered_map<std::vector<std::uint32_t>, NodeId, KeyHash> node_ids_;
};

RuleGraph::RuleGraph(const CompiledRules& rules) {
  GraphBuilder builder(*this);
  for (const CompiledRule& rule : rules.rules) builder.add(rule);
}

}  // namespace countersign
