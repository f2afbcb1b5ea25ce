// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "app/explanation_text.h"
#include "core/json_text.h"

namespace countersign {
namespace {

std::string_view name_of(ValueType type) {
  switch (type) {
    case ValueType::Null: return "null";
    case ValueType::Bool: return "boolean";
    case ValueType::Integer:
    case ValueType::Unsigned:
    case ValueType::Double: return "number";
    case ValueType::String: return "string";
    case ValueType::Object: return "object";
    case ValueType::Array: return "array";
  }
  return "";
}

/// `[a,b]` of what `make` makes of each.
template <class Items, class Make>
std::string array(const Items& items, Make make) {
  std::string out = "[";
  for (const auto& item : items) {
    if (out.size() > 1) out.push_back(',');
    out += make(item);
  }
  out.push_back(']');
  return out;
}

/// Numbers are texts as well: a reader must not lose their digits.
std::string json(const ExplainedValue& value) {
  const bool has_text =
      value.type != ValueType::Null && value.type != ValueType::Object && value.type != ValueType::Array;
  return fmt::format(R"({{"field":{},"type":"{}","value":{}}})", json_string(value.field),
                     name_of(value.type), has_text ? json_string(value.text) : "null");
}

std::string json(const std::vector<ExplainedValue>& values) {
  return array(values, [](const ExplainedValue& value) { return json(value); });
}

std::string json(const LogSource& source) {
  return fmt::format(R"({{"product":{},"category":{},"service":{}}})", json_string(source.product),
                     json_string(source.category), json_string(source.service));
}

std::string json(const ExplainedLeaf& leaf) {
  std::string out =
      fmt::format(R"({{"pattern":{},"holds":{},"reason":"{}","found":{})",
                  leaf.pattern ? json_string(*leaf.pattern) : "null", leaf.reason == LeafReason::Holds,
                  to_string(leaf.reason), leaf.found ? json(*leaf.found) : "null");
  if (!leaf.compared.empty()) out += fmt::format(R"(,"compared":{})", json(leaf.compared));
  return out + "}";
}

/// `|contains|all` → `["contains","all"]`.
std::string modifiers_json(std::string_view modifiers) {
  std::vector<std::string_view> names;
  while (!modifiers.empty()) {
    const std::size_t end = std::min(modifiers.find('|', 1), modifiers.size());
    names.push_back(modifiers.substr(1, end - 1));
    modifiers.remove_prefix(end);
  }
  return array(names, [](std::string_view name) { return json_string(name); });
}

std::string json(const ExplainedItem& item) {
  return fmt::format(
      R"({{"field":{},"modifiers":{},"all":{},"negated":{},"holds":{},"values":{},"value_count":{},)"
      R"("did_you_mean":{},"leaves":{}}})",
      item.keyword ? "null" : json_string(item.field), modifiers_json(item.modifiers), item.all, item.negated,
      item.holds, json(item.values), item.value_count,
      item.similar_field.empty() ? "null" : json_string(item.similar_field),
      array(item.leaves, [](const ExplainedLeaf& leaf) { return json(leaf); }));
}

/// `,"filter":title` of a selection that a filter brought.
std::string filter_member(const ExplainedSelection& selection) {
  return selection.filter.empty() ? "" : fmt::format(R"(,"filter":{})", json_string(selection.filter));
}

std::string json(const ExplainedSelection& selection) {
  const auto alternative = [](const ExplainedAlternative& each) {
    return fmt::format(R"({{"holds":{},"items":{}}})", each.holds,
                       array(each.items, [](const ExplainedItem& item) { return json(item); }));
  };
  return fmt::format(R"({{"name":{}{},"holds":{},"alternatives":{}}})", json_string(selection.name),
                     filter_member(selection), selection.holds, array(selection.alternatives, alternative));
}

}  // namespace

std::string explanation_members(const Explanation& explanation) {
  const auto condition = [](const ExplainedCondition& each) {
    return fmt::format(R"({{"text":{},"holds":{}}})", json_string(each.text), each.holds);
  };
  const auto filter = [](const ExplainedFilter& each) {
    return fmt::format(R"({{"title":{},"condition":{},"holds":{}}})", json_string(each.title),
                       json_string(each.condition), each.holds);
  };
  const auto obstacle = [&](const Obstacle& each) {
    const ExplainedSelection& selection = explanation.selections[each.selection];
    return fmt::format(R"({{"selection":{}{},"wanted":{}}})", json_string(selection.name),
                       filter_member(selection), each.wanted);
  };
  return fmt::format(
      R"("matches":{},"log_source":{{"covered":{},"rule":{},"pack":{},"event":{}}},"conditions":{},)"
      R"("filters":{},"why_not":{},"selections":{})",
      explanation.matches, explanation.log_source_covered, json(explanation.rule_log_source),
      explanation.pack.empty() ? "null" : json_string(explanation.pack),
      array(explanation.event_log_sources, [](const LogSource& source) { return json(source); }),
      array(explanation.conditions, condition), array(explanation.filters, filter),
      array(explanation.obstacles, obstacle),
      array(explanation.selections, [](const ExplainedSelection& each) { return json(each); }));
}

}  // namespace countersign
