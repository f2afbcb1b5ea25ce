// SPDX-License-Identifier: Apache-2.0
#include "app/explanation_text.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace countersign {
namespace {

constexpr std::size_t kShownBytesMax = 160;
constexpr std::size_t kShownLeavesMax = 12;
constexpr std::size_t kShownValuesMax = 4;
constexpr std::size_t kPatternsInLineMax = 3;

/// In one line, and not too long.
std::string shown(std::string_view text) {
  std::size_t end = std::min(text.size(), kShownBytesMax);
  const bool cut = end < text.size();
  // Not in the midst of a character.
  while (cut && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  std::string out;
  for (const char c : text.substr(0, end)) {
    if (c == '\n') {
      out += "\\n";
    } else {
      out.push_back(c);
    }
  }
  return cut ? out + "…" : out;
}

std::string shown(const ExplainedValue& value) {
  switch (value.type) {
    case ValueType::Null: return "null";
    case ValueType::Object: return "an object";
    case ValueType::Array: return "a list";
    case ValueType::String: return fmt::format("\"{}\"", shown(value.text));
    case ValueType::Bool:
    case ValueType::Integer:
    case ValueType::Unsigned:
    case ValueType::Double: break;
  }
  return shown(value.text);
}

std::string shown(const std::vector<ExplainedValue>& values, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < std::min(values.size(), kShownValuesMax); ++i)
    out += (out.empty() ? "" : ", ") + shown(values[i]);
  return count > kShownValuesMax ? fmt::format("{} and {} more", out, count - kShownValuesMax) : out;
}

std::string shown(const LogSource& source) {
  std::string out;
  for (const auto& [name, value] :
       {std::pair{"product", &source.product}, {"category", &source.category}, {"service", &source.service}})
    if (!value->empty()) out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", name, shown(*value));
  return out.empty() ? "none" : out;
}

std::string pattern_of(const ExplainedLeaf& leaf) {
  if (!leaf.pattern) return "null";
  return leaf.pattern->empty() ? "''" : shown(*leaf.pattern);
}

std::string name_of(const ExplainedItem& item) {
  return shown(item.keyword ? "any value" : item.field) + item.modifiers;
}

/// What a reason adds to the values.
std::string_view hint_of(LeafReason reason) {
  switch (reason) {
    case LeafReason::Holds:
    case LeafReason::Differs:
    case LeafReason::FieldMissing: return "";
    case LeafReason::OtherFieldMissing: return ", but the other field is missing";
    case LeafReason::NoText: return ", which has no text";
    case LeafReason::NoNumber: return ", which is no number";
    case LeafReason::NoAddress: return ", which is no address";
    case LeafReason::NoDate: return ", which is no date";
  }
  return "";
}

/// What the event holds for the item.
std::string actual(const ExplainedItem& item) {
  if (item.keyword) {
    for (const ExplainedLeaf& leaf : item.leaves)
      if (leaf.found) return fmt::format("found in {}: {}", shown(leaf.found->field), shown(*leaf.found));
    return "found in no value of the event";
  }
  if (item.value_count == 0) {
    if (item.similar_field.empty()) return "field missing";
    return fmt::format("field missing; did you mean `{}`?", shown(item.similar_field));
  }
  std::string out = "the event has " + shown(item.values, item.value_count);
  const ExplainedLeaf& leaf = item.leaves.front();
  if (item.leaves.size() == 1) out += hint_of(leaf.reason);
  if (item.leaves.size() == 1 && !leaf.compared.empty())
    out += fmt::format(", and `{}` {}", pattern_of(leaf), shown(leaf.compared, leaf.compared.size()));
  return out;
}

std::string_view mark(bool holds) { return holds ? "yes " : "no  "; }

bool holds(const ExplainedLeaf& leaf) { return leaf.reason == LeafReason::Holds; }

/// Leaves that hold come first when there are too many to show.
std::string leaf_lines(const ExplainedItem& item, const std::string& indent) {
  std::string out;
  std::size_t left = kShownLeavesMax;
  const bool many = item.leaves.size() > kShownLeavesMax;
  for (const bool wanted : {true, false}) {
    for (const ExplainedLeaf& leaf : item.leaves) {
      if (left == 0 || (many && holds(leaf) != wanted)) continue;
      out += fmt::format("{}{}{}{}\n", indent, mark(holds(leaf)), pattern_of(leaf), hint_of(leaf.reason));
      --left;
    }
    if (!many) break;
  }
  if (many) out += fmt::format("{}… and {} more\n", indent, item.leaves.size() - kShownLeavesMax);
  return out;
}

/// `field|modifiers: pattern — what the event has`, without a line end.
std::string item_line(const ExplainedItem& item) {
  if (item.leaves.size() == 1)
    return fmt::format("{}: {} — {}", name_of(item), pattern_of(item.leaves.front()), actual(item));
  return fmt::format("{}: {} of {} values — {}", name_of(item), item.all ? "all" : "any", item.leaves.size(),
                     actual(item));
}

/// The same with the patterns by which the item holds or fails.
std::string cause_line(const ExplainedItem& item) {
  // A negated item without its field fails whatever its leaves say.
  const bool found = item.holds != (item.negated && item.value_count > 0);
  std::vector<std::string> patterns;
  for (const ExplainedLeaf& leaf : item.leaves)
    if (holds(leaf) == found) patterns.push_back(pattern_of(leaf));
  const std::size_t count = patterns.size();
  patterns.resize(std::min(count, kPatternsInLineMax));
  const std::string_view link = item.all ? " and " : " or ";
  std::string more;
  if (count > kPatternsInLineMax) more = fmt::format("{}{} more", link, count - kPatternsInLineMax);
  return fmt::format("{}: {}{} — {}", name_of(item), fmt::join(patterns, link), more, actual(item));
}

std::string item_text(const ExplainedItem& item, const std::string& indent) {
  std::string out = fmt::format("{}{}{}\n", indent, mark(item.holds), item_line(item));
  if (item.leaves.size() > 1) out += leaf_lines(item, indent + "      ");
  return out;
}

std::string selection_text(const ExplainedSelection& selection) {
  std::string out = fmt::format("  {}{}", mark(selection.holds), shown(selection.name));
  if (!selection.filter.empty()) out += fmt::format(" (filter `{}`)", shown(selection.filter));
  out += '\n';
  const bool several = selection.alternatives.size() > 1;
  const std::string indent(several ? 10 : 6, ' ');
  std::string_view link = "either";
  for (const ExplainedAlternative& alternative : selection.alternatives) {
    if (several) out += fmt::format("      {}{}\n", mark(alternative.holds), link);
    for (const ExplainedItem& item : alternative.items) out += item_text(item, indent);
    link = "or";
  }
  return out;
}

std::string log_source_obstacle(const Explanation& explanation) {
  std::string has;
  for (const LogSource& source : explanation.event_log_sources)
    has += (has.empty() ? "" : "; ") + shown(source);
  return fmt::format("the log source differs: the rule wants {}; the event has {}",
                     shown(explanation.rule_log_source),
                     explanation.pack.empty() ? "none: no pack knows it"
                     : has.empty()            ? fmt::format("none (pack {})", explanation.pack)
                                              : fmt::format("{} (pack {})", has, explanation.pack));
}

/// The items by which the obstacle is one: those that fail, or of a selection that must not hold those that
/// make it hold.
std::vector<std::string> causes(const ExplainedSelection& selection, bool wanted) {
  std::vector<std::string> out;
  for (const ExplainedAlternative& alternative : selection.alternatives) {
    if (alternative.holds == wanted) continue;
    for (const ExplainedItem& item : alternative.items)
      if (item.holds != wanted) out.push_back(cause_line(item));
  }
  return out;
}

std::string headline(const ExplainedSelection& selection, bool wanted) {
  std::string name = fmt::format("`{}`", shown(selection.name));
  if (!selection.filter.empty()) name += fmt::format(" of the filter `{}`", shown(selection.filter));
  return fmt::format("{} {}", name,
                     wanted ? "does not hold" : "holds, and the condition wants that it does not");
}

}  // namespace

std::string explanation_text(const Explanation& explanation) {
  std::string out;
  if (!explanation.log_source_covered) out += fmt::format("  {}\n", log_source_obstacle(explanation));
  for (const Obstacle& obstacle : explanation.obstacles) {
    const ExplainedSelection& selection = explanation.selections[obstacle.selection];
    out += fmt::format("  {}:\n", headline(selection, obstacle.wanted));
    std::size_t left = kShownLeavesMax;
    for (const std::string& cause : causes(selection, obstacle.wanted)) {
      if (left-- == 0) break;
      out += fmt::format("    {}\n", cause);
    }
  }
  for (const ExplainedCondition& condition : explanation.conditions)
    out += fmt::format("  {}condition: {}\n", mark(condition.holds), shown(condition.text));
  for (const ExplainedFilter& filter : explanation.filters)
    out += fmt::format("  {}filter `{}`: {}\n", mark(filter.holds), shown(filter.title),
                       shown(filter.condition));
  for (const ExplainedSelection& selection : explanation.selections) out += selection_text(selection);
  return out;
}

std::string first_obstacle(const Explanation& explanation) {
  if (explanation.matches) return {};
  if (!explanation.log_source_covered) return log_source_obstacle(explanation);
  const Obstacle& first = explanation.obstacles.front();
  const ExplainedSelection& selection = explanation.selections[first.selection];
  const std::vector<std::string> why = causes(selection, first.wanted);
  return headline(selection, first.wanted) + (why.empty() ? "" : ": " + why.front());
}

}  // namespace countersign
