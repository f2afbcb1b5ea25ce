// SPDX-License-Identifier: Apache-2.0
#include "rules/plan/witness.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "core/case_fold.h"
#include "rules/plan/predicate_key.h"
#include "rules/plan/selectivity.h"

namespace countersign {
namespace {

constexpr double kSearch = 2;  // of searching a field at all, against looking values up in tables

struct Choice {
  std::vector<WitnessId> witnesses;  // sorted
  double cost = 0;
  bool searches = false;
};

/// Why a test that is asked for gives no witness.
struct Reason {
  NoWitness operator()(const TextTest& /*test*/) const { return NoWitness::AnyText; }
  NoWitness operator()(const NumberTest& /*test*/) const { return NoWitness::KeywordNumber; }
  NoWitness operator()(const BoolTest& /*test*/) const { return NoWitness::Boolean; }
  NoWitness operator()(const NullTest& /*test*/) const { return NoWitness::Null; }
  NoWitness operator()(const ExistsTest& /*test*/) const { return NoWitness::Exists; }
  NoWitness operator()(const RegexTest& /*test*/) const { return NoWitness::Regex; }
  NoWitness operator()(const NetworkTest& /*test*/) const { return NoWitness::KeywordNumber; }
  NoWitness operator()(const CompareTest& /*test*/) const { return NoWitness::Comparison; }
  NoWitness operator()(const TimePartTest& /*test*/) const { return NoWitness::TimePart; }
  NoWitness operator()(const FieldTest& /*test*/) const { return NoWitness::FieldReference; }
};

/// A prefix that ends where a character ends, so that folding it is folding that part.
std::string_view searched_part(std::string_view text) {
  std::size_t size = std::min(text.size(), kSearchBytesMax);
  while (size < text.size() && size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
  return text.substr(0, size);
}

}  // namespace

class WitnessChooser {
 public:
  WitnessChooser(const RuleGraph& graph, const std::vector<FieldKey>& fields, WitnessTable& table)
      : graph_(graph), fields_(fields), table_(table) {
    for (std::vector<Known>& known : known_) known.resize(graph.node_count());
  }

  void choose(NodeId root) {
    const std::optional<Choice>& choice = of(root, true);
    if (choice) {
      table_.of_rules_.emplace_back(choice->witnesses);
    } else {
      table_.of_rules_.emplace_back();
    }
    std::set<NoWitness> reasons;
    std::set<std::pair<NodeId, bool>> visited;
    find_reasons(root, true, reasons, visited);
    table_.why_none_.emplace_back(reasons.begin(), reasons.end());
  }

 private:
  struct Known {
    bool asked = false;
    std::optional<Choice> choice;
  };

  /// What must show when the node holds, or (`positive` false) when it does not.
  const std::optional<Choice>& of(NodeId id, bool positive) {
    if (!known_[positive ? 1 : 0][id].asked) {
      std::optional<Choice> choice = find(id, positive);
      known_[positive ? 1 : 0][id] = {true, std::move(choice)};
    }
    return known_[positive ? 1 : 0][id].choice;
  }

  std::optional<Choice> find(NodeId id, bool positive) {
    const GraphNode& node = graph_.node(id);
    switch (node.kind) {
      case GraphNode::Kind::Predicate:
        if (!positive) return std::nullopt;
        return of_predicate(id, graph_.predicate(node));
      case GraphNode::Kind::Not: return of(graph_.children(node).front(), !positive);
      case GraphNode::Kind::And: return positive ? cheapest(node, positive) : all(node, positive);
      case GraphNode::Kind::Or: return positive ? all(node, positive) : cheapest(node, positive);
    }
    return std::nullopt;
  }

  std::optional<Choice> cheapest(const GraphNode& node, bool positive) {
    const Choice* best = nullptr;
    for (const NodeId child : graph_.children(node)) {
      const std::optional<Choice>& choice = of(child, positive);
      if (choice && (best == nullptr || choice->cost < best->cost)) best = &*choice;
    }
    if (best == nullptr) return std::nullopt;
    return *best;
  }

  std::optional<Choice> all(const GraphNode& node, bool positive) {
    Choice sum;
    for (const NodeId child : graph_.children(node)) {
      const std::optional<Choice>& choice = of(child, positive);
      if (!choice) return std::nullopt;
      sum.witnesses.insert(sum.witnesses.end(), choice->witnesses.begin(), choice->witnesses.end());
      sum.cost += choice->cost - (sum.searches && choice->searches ? kSearch : 0);
      sum.searches = sum.searches || choice->searches;
    }
    std::sort(sum.witnesses.begin(), sum.witnesses.end());
    sum.witnesses.erase(std::unique(sum.witnesses.begin(), sum.witnesses.end()), sum.witnesses.end());
    return sum;
  }

  void find_reasons(NodeId id, bool positive, std::set<NoWitness>& reasons,
                    std::set<std::pair<NodeId, bool>>& visited) {
    if (of(id, positive) || !visited.emplace(id, positive).second) return;
    const GraphNode& node = graph_.node(id);
    if (node.kind == GraphNode::Kind::Predicate) {
      reasons.insert(positive ? std::visit(Reason{}, *graph_.predicate(node).test) : NoWitness::Negation);
      return;
    }
    const bool inner = node.kind == GraphNode::Kind::Not ? !positive : positive;
    for (const NodeId child : graph_.children(node)) find_reasons(child, inner, reasons, visited);
  }

  std::optional<Choice> of_predicate(NodeId id, const Predicate& predicate) {
    if (const auto* text = std::get_if<TextTest>(predicate.test))
      return of_text(id, predicate, text->pattern);
    if (const auto* regex = std::get_if<RegexTest>(predicate.test)) {
      const std::vector<std::string> texts = regex->regex.required_texts();
      if (texts.empty()) return std::nullopt;
      Choice sum;
      for (const std::string& text : texts) add(sum, search_of(predicate, text));
      std::sort(sum.witnesses.begin(), sum.witnesses.end());
      return sum;
    }
    if (predicate.keyword) return std::nullopt;
    Witness witness;
    witness.field = predicate.field;
    witness.exact = id;
    if (const auto* number = std::get_if<NumberTest>(predicate.test)) {
      witness.kind = Witness::Kind::Number;
      witness.number = number->number;
      witness.text = number->folded_text;
    } else if (const auto* network = std::get_if<NetworkTest>(predicate.test)) {
      witness.kind = Witness::Kind::Network;
      witness.network = network->network;
    } else {
      return std::nullopt;
    }
    Choice choice;
    add(choice, std::move(witness));
    return choice;
  }

  std::optional<Choice> of_text(NodeId id, const Predicate& predicate, const Pattern& pattern) {
    using Shape = Pattern::Shape;
    if (pattern.shape() == Shape::Any) return std::nullopt;
    Witness witness;
    if (predicate.keyword || pattern.shape() == Shape::Contains || pattern.shape() == Shape::Tokens) {
      const std::string& part = pattern.literal();
      if (part.empty()) return std::nullopt;
      witness = search_of(predicate, pattern.cased() ? case_fold(part) : part);
      const bool whole = pattern.shape() == Shape::Contains && witness.text.size() == part.size();
      if (whole && !predicate.keyword && !pattern.cased()) witness.exact = id;
    } else {
      witness.kind = pattern.shape() == Shape::Equal    ? Witness::Kind::Equal
                     : pattern.shape() == Shape::Prefix ? Witness::Kind::Prefix
                                                        : Witness::Kind::Suffix;
      witness.field = predicate.field;
      witness.text = pattern.cased() ? case_fold(pattern.literal()) : pattern.literal();
      if (!pattern.cased()) witness.exact = id;
    }
    Choice choice;
    add(choice, std::move(witness));
    return choice;
  }

  static Witness search_of(const Predicate& predicate, std::string_view folded) {
    Witness witness;
    witness.kind = predicate.keyword ? Witness::Kind::Keyword : Witness::Kind::Contains;
    witness.field = predicate.keyword ? 0 : predicate.field;
    witness.text = searched_part(folded);
    return witness;
  }

  void add(Choice& choice, Witness witness) {
    const bool searches = witness.kind == Witness::Kind::Contains || witness.kind == Witness::Kind::Keyword;
    const bool keyword = witness.kind == Witness::Kind::Keyword;
    choice.cost += expected_cost(witness, keyword ? std::string_view{} : fields_[witness.field].name);
    if (searches && !choice.searches) choice.cost += kSearch;
    choice.searches = choice.searches || searches;
    choice.witnesses.push_back(intern(std::move(witness)));
  }

  WitnessId intern(Witness witness) {
    const LeafTest number{NumberTest{witness.number, witness.text}};
    const LeafTest network{NetworkTest{witness.network}};
    std::string key = std::to_string(static_cast<int>(witness.kind)) + " ";
    if (witness.kind == Witness::Kind::Number || witness.kind == Witness::Kind::Network) {
      key +=
          predicate_key({witness.kind == Witness::Kind::Number ? &number : &network, witness.field, false});
    } else {
      key += std::to_string(witness.field) + " " + witness.text;
    }
    const auto id = static_cast<WitnessId>(table_.witnesses_.size());
    const auto [entry, added] = ids_.try_emplace(std::move(key), id);
    if (added) {
      table_.witnesses_.push_back(std::move(witness));
    } else if (witness.exact != kNoNode) {
      table_.witnesses_[entry->second].exact = witness.exact;
    }
    return entry->second;
  }

  const RuleGraph& graph_;
  const std::vector<FieldKey>& fields_;
  WitnessTable& table_;
  std::array<std::vector<Known>, 2> known_;  // by `positive`, then by node
  std::unordered_map<std::string, WitnessId> ids_;
};

WitnessTable::WitnessTable(const RuleGraph& graph, const std::vector<FieldKey>& fields) {
  WitnessChooser chooser(graph, fields, *this);
  of_rules_.reserve(graph.roots().size());
  for (const NodeId root : graph.roots()) chooser.choose(root);
}

}  // namespace countersign
