// SPDX-License-Identifier: Apache-2.0
#include "app/explanation_text.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/utf8_cut.h"

namespace countersign {
namespace {

constexpr std::size_t kShownBytesMax = 160;
constexpr std::size_t kShownLeavesMax = 12;
constexpr std::size_t kShownValuesMax = 4;
constexpr std::size_t kPatternsInLineMax = 3;

std::string in_one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else {
      out.push_back(c);
    }
  }
  return out;
}

/// In one line, and not too long.
std::string shown(std::string_view text) {
  const std::string_view start = utf8_prefix(text, kShownBytesMax);
  return in_one_line(start) + (start.size() < text.size() ? "…" : "");
}

/// A text of an event; `…` where it goes on.
std::string quoted(const ExplainedValue& value) {
  std::string out = value.skipped > 0 ? "…" : "";
  out += shown(value.text);
  if (value.truncated && value.text.size() <= kShownBytesMax) out += "…";
  return "\"" + out + "\"";
}

std::string shown(const ExplainedValue& value) {
  switch (value.type) {
    case ValueType::Null: return "null";
    case ValueType::Object: return "an object";
    case ValueType::Array: return "a list";
    case ValueType::String: return quoted(value);
    case ValueType::Bool:
    case ValueType::Integer:
    case ValueType::Unsigned:
    case ValueType::Double: break;
  }
  return shown(value.text);
}

/// Where in a long value the test found its pattern, `"…before «pattern» behind…"`; empty for a value that is
/// short enough to see it, or is found as a whole.
std::string place_in_long_value(const ExplainedLeaf& leaf) {
  if (!leaf.found || !leaf.span) return {};
  const std::string_view text = leaf.found->text;
  const bool whole = leaf.span->begin == 0 && leaf.span->end == text.size();
  if (whole || (text.size() <= kShownBytesMax && !leaf.found->truncated)) return {};
  const Excerpt excerpt = excerpt_of(text, leaf.span, kShownBytesMax);
  const std::string_view part = text.substr(excerpt.shown.begin, excerpt.shown.end - excerpt.shown.begin);
  const TextSpan place = *excerpt.span;
  const bool cut_before = leaf.found->skipped + excerpt.shown.begin > 0;
  const bool cut_behind = excerpt.shown.end < text.size() || leaf.found->truncated;
  return fmt::format("\"{}{}«{}»{}{}\"", cut_before ? "…" : "", in_one_line(part.substr(0, place.begin)),
                     in_one_line(part.substr(place.begin, place.end - place.begin)),
                     in_one_line(part.substr(place.end)), cut_behind ? "…" : "");
}

std::string shown_found(const ExplainedLeaf& leaf) {
  const std::string place = place_in_long_value(leaf);
  return place.empty() ? shown(*leaf.found) : place;
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
std::string_view hint_of(LeafReason reason, std::string_view modifiers) {
  switch (reason) {
    case LeafReason::Holds:
    case LeafReason::Differs:
    case LeafReason::FieldMissing: return "";
    case LeafReason::DiffersInCase:
      return modifiers.find("|re") != std::string_view::npos ? ", which differs only in case: add `|i`"
                                                             : ", which differs only in case: drop `|cased`";
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
      if (leaf.found) return fmt::format("found in {}: {}", shown(leaf.found->field), shown_found(leaf));
    return "found in no value of the event";
  }
  if (item.value_count == 0) {
    if (item.similar_field.empty()) return "field missing";
    return fmt::format("field missing; did you mean `{}`?", shown(item.similar_field));
  }
  const ExplainedLeaf& leaf = item.leaves.front();
  if (item.leaf_count > 1) return "the event has " + shown(item.values, item.value_count);
  const std::string place = place_in_long_value(leaf);
  std::string out = "the event has ";
  if (item.value_count == 1 && !place.empty()) {
    out += place;
  } else {
    out += shown(item.values, item.value_count);
    if (!place.empty()) out += ", found in " + place;
  }
  out += hint_of(leaf.reason, item.modifiers);
  if (!leaf.compared.empty())
    out += fmt::format(", and `{}` {}", pattern_of(leaf), shown(leaf.compared, leaf.compared.size()));
  return out;
}

std::string_view mark(bool holds) { return holds ? "yes " : "no  "; }

bool holds(const ExplainedLeaf& leaf) { return leaf.reason == LeafReason::Holds; }

std::string leaf_line(const ExplainedLeaf& leaf, const ExplainedItem& item) {
  const std::string place = item.keyword ? "" : place_in_long_value(leaf);
  return fmt::format("{}{}{}{}{}", mark(holds(leaf)), pattern_of(leaf), hint_of(leaf.reason, item.modifiers),
                     place.empty() ? "" : " — ", place);
}

/// Leaves that hold come first when there are too many to show.
std::string leaf_lines(const ExplainedItem& item, const std::string& indent) {
  std::string out;
  std::size_t left = kShownLeavesMax;
  const bool many = item.leaves.size() > kShownLeavesMax;
  for (const bool wanted : {true, false}) {
    for (const ExplainedLeaf& leaf : item.leaves) {
      if (left == 0 || (many && holds(leaf) != wanted)) continue;
      out += fmt::format("{}{}\n", indent, leaf_line(leaf, item));
      --left;
    }
    if (!many) break;
  }
  const std::size_t told = kShownLeavesMax - left;
  if (told < item.leaf_count) out += fmt::format("{}… and {} more\n", indent, item.leaf_count - told);
  return out;
}

/// `field|modifiers: pattern — what the event has`, without a line end.
std::string item_line(const ExplainedItem& item) {
  if (item.leaf_count == 1)
    return fmt::format("{}: {} — {}", name_of(item), pattern_of(item.leaves.front()), actual(item));
  return fmt::format("{}: {} of {} values — {}", name_of(item), item.all ? "all" : "any", item.leaf_count,
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
  if (item.leaf_count > 1) out += leaf_lines(item, indent + "      ");
  return out;
}

std::string selection_text(const ExplainedSelection& selection) {
  std::string out = fmt::format("  {}{}", mark(selection.holds), shown(selection.name));
  if (!selection.filter.empty()) out += fmt::format(" (filter `{}`)", shown(selection.filter));
  if (selection.alternatives.empty()) out += " (its tests were left out: too long)";
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
