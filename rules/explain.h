// SPDX-License-Identifier: Apache-2.0
// Why a rule matches an event, or why not: every test of the rule with what the event holds. Each outcome
// comes from the interpreter's own functions (rules/evaluate.h). One Explainer per thread; the RuleSet is
// shared. Texts in an Explanation are copies, as they stand in rule and event: nothing is made harmless, and
// only a brief explanation cuts values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/event.h"
#include "core/limits.h"
#include "rules/rule_set.h"
#include "rules/text_span.h"

namespace countersign {

/// Of a field with more values the first are given.
inline constexpr std::size_t kExplainedValuesMax = 16;

// A brief explanation has of each item the values of the rule that decide its outcome (for an `any` that
// holds those that hold), so many of them …
inline constexpr std::size_t kBriefHoldingLeavesMax = 64;
inline constexpr std::size_t kBriefFailingLeavesMax = 8;
// … and so much of the event.
inline constexpr std::size_t kBriefValuesMax = 4;
inline constexpr std::size_t kBriefValueBytesMax = kKiB;

struct ExplainedValue {
  std::string field;
  ValueType type = ValueType::Null;
  std::string text;         // as Value::text, or an excerpt of it
  bool truncated = false;   // an excerpt
  std::size_t skipped = 0;  // bytes of the value before it
};

/// Why one value of a rule holds or not.
enum class LeafReason : std::uint8_t {
  Holds,
  Differs,
  DiffersInCase,  // it would hold without `cased`, or with `re|i`
  FieldMissing,
  OtherFieldMissing,  // fieldref
  NoText,             // null, an object or a list
  NoNumber,           // gt, gte, lt, lte
  NoAddress,          // cidr
  NoDate,             // minute … year
};
std::string_view to_string(LeafReason reason);  // holds, differs, differs_in_case …

/// One value of an item.
struct ExplainedLeaf {
  std::optional<std::string> pattern;  // as written; empty: null
  LeafReason reason = LeafReason::Differs;
  std::optional<ExplainedValue> found;   // the first value of the event that fits
  std::optional<TextSpan> span;          // of found->text: where; empty: not at a place in a text
  std::vector<ExplainedValue> compared;  // fieldref: values of the other field
};

/// `field|modifiers: values`.
struct ExplainedItem {
  bool keyword = false;
  std::string field;      // empty: keyword
  std::string modifiers;  // as written: `|contains|all`
  bool all = false;       // every leaf must hold, else any
  bool negated = false;
  bool holds = false;
  std::vector<ExplainedValue> values;  // of the event's field; none for keywords
  std::size_t value_count = 0;         // of all
  std::string similar_field;           // the field is missing: one of the event that is spelled nearly so
  std::vector<ExplainedLeaf> leaves;
  std::size_t leaf_count = 0;  // of all
};

struct ExplainedAlternative {
  bool holds = false;
  std::vector<ExplainedItem> items;
};

struct ExplainedSelection {
  std::string name;
  std::string filter;  // title of the filter that it belongs to; empty: it is the rule's own
  bool holds = false;
  std::vector<ExplainedAlternative> alternatives;
};

struct ExplainedCondition {
  std::string text;
  bool holds = false;
};

/// A filter that acts on the rule.
struct ExplainedFilter {
  std::string title;
  std::string condition;
  bool holds = false;
};

/// A selection whose outcome keeps the rule from holding.
struct Obstacle {
  std::size_t selection = 0;  // index into Explanation::selections
  bool wanted = true;         // false: it holds and must not
};

struct Explanation {
  bool matches = false;
  bool log_source_covered = false;
  LogSource rule_log_source;
  std::string pack;  // that knew the event; empty: none
  std::vector<LogSource> event_log_sources;
  std::vector<ExplainedCondition> conditions;  // the rule's own; one must hold
  std::vector<ExplainedFilter> filters;        // each must hold
  std::vector<ExplainedSelection> selections;  // the rule's own, then those of filters
  std::vector<Obstacle> obstacles;             // empty when a condition and all filters hold
};

class Explainer {
 public:
  explicit Explainer(std::shared_ptr<const RuleSet> rules);
  ~Explainer();
  Explainer(Explainer&&) noexcept;
  Explainer& operator=(Explainer&&) noexcept;

  /// `rule` is an index into RuleSet::rules(). REQUIRES: the event has all names of its pack.
  Explanation explain(std::uint32_t rule, const Event& event);
  /// The same with bounded parts, for an alert, and without spelling help.
  Explanation explain_briefly(std::uint32_t rule, const Event& event);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace countersign
