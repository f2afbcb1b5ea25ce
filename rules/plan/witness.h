// SPDX-License-Identifier: Apache-2.0
// A witness of a rule is a set of simple tests of which at least one holds whenever the rule does: only
// events that show one need the rule itself. Tests on values are on their folded form. Immutable once built;
// any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "rules/plan/rule_graph.h"

namespace countersign {

using WitnessId = std::uint32_t;

struct Witness {
  enum class Kind : std::uint8_t {
    Equal,     // the value's text is `text`
    Prefix,    // … starts with it
    Suffix,    // … ends with it
    Contains,  // … holds it
    Keyword,   // any leaf value's text holds it
    Number,    // the value is `number`, or a string that is `text`
    Network,   // the value is a string that is an address in `network`
  };
  Kind kind = Kind::Equal;
  FieldId field = 0;  // not for Keyword
  std::string text;
  Number number;
  Network network;
  /// The predicate that holds exactly when the witness shows, or kNoNode: it only may hold then.
  NodeId exact = kNoNode;
};

/// What a rule without witnesses consists of, where it needs no value of the event that could be looked up.
enum class NoWitness : std::uint8_t {
  Negation,
  Null,
  Exists,
  AnyText,         // a value that fits every text
  Regex,           // without a text that must stand in the value
  Comparison,      // gt, gte, lt, lte
  TimePart,        // minute … year
  FieldReference,  // fieldref
  Boolean,
  KeywordNumber,
};
inline constexpr std::size_t kNoWitnessCount = 10;

/// The witnesses of all rules of a graph, equal ones once.
class WitnessTable {
 public:
  WitnessTable(const RuleGraph& graph, const std::vector<FieldKey>& fields);

  const std::vector<Witness>& witnesses() const { return witnesses_; }
  /// By index of the rule: its witnesses, sorted. Empty optional: it has none and must always be evaluated.
  const std::vector<std::optional<std::vector<WitnessId>>>& of_rules() const { return of_rules_; }
  /// What keeps the rule, an index, from having any; in the order of NoWitness. None: it has witnesses.
  const std::vector<NoWitness>& why_none(std::uint32_t rule) const { return why_none_[rule]; }

 private:
  friend class WitnessChooser;
  std::vector<Witness> witnesses_;
  std::vector<std::optional<std::vector<WitnessId>>> of_rules_;
  std::vector<std::vector<NoWitness>> why_none_;  // by index of the rule
};

/// Texts longer than this are searched for by their first bytes.
inline constexpr std::size_t kSearchBytesMax = 64;

}  // namespace countersign
