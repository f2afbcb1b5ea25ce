// SPDX-License-Identifier: Apache-2.0
#include "app/explanation_reader.h"

#include <algorithm>

#include <boost/json.hpp>

namespace countersign {
namespace {

namespace json = boost::json;

// Members that are missing or of another kind make Boost.JSON throw; read_explanation() catches.

std::string text(const json::value& value) { return std::string(value.as_string()); }
std::string text_or_empty(const json::value& value) { return value.is_null() ? "" : text(value); }
std::string optional_text(const json::value& from, std::string_view name) {
  const json::value* member = from.as_object().if_contains(name);
  return member == nullptr ? "" : text(*member);
}
std::size_t number(const json::value& value) { return value.to_number<std::size_t>(); }

template <class Read>
auto list(const json::value& from, Read read) {
  std::vector<decltype(read(from))> out;
  for (const json::value& element : from.as_array()) out.push_back(read(element));
  return out;
}

ValueType type_of(std::string_view name) {
  if (name == "string") return ValueType::String;
  if (name == "number") return ValueType::Double;
  if (name == "boolean") return ValueType::Bool;
  if (name == "object") return ValueType::Object;
  return name == "array" ? ValueType::Array : ValueType::Null;
}

LogSource read_log_source(const json::value& from) {
  return {text(from.at("product")), text(from.at("category")), text(from.at("service"))};
}

ExplainedValue read_value(const json::value& from) {
  ExplainedValue out{text(from.at("field")), type_of(text(from.at("type"))), text_or_empty(from.at("value"))};
  if (const json::value* skipped = from.as_object().if_contains("skipped")) {
    out.truncated = true;
    out.skipped = number(*skipped);
  }
  return out;
}

LeafReason read_reason(const json::value& from) {
  const std::string name = text(from);
  auto reason = LeafReason::Holds;
  // An unknown reason of a newer server says no more than that the test does not hold.
  while (reason != LeafReason::NoDate && to_string(reason) != name)
    reason = static_cast<LeafReason>(static_cast<int>(reason) + 1);
  return to_string(reason) == name ? reason : LeafReason::Differs;
}

ExplainedLeaf read_leaf(const json::value& from) {
  ExplainedLeaf out;
  if (!from.at("pattern").is_null()) out.pattern = text(from.at("pattern"));
  out.reason = read_reason(from.at("reason"));
  if (!from.at("found").is_null()) out.found = read_value(from.at("found"));
  if (const json::array* span = from.at("span").if_array()) {
    out.span = TextSpan{number(span->at(0)), number(span->at(1))};
    const std::size_t size = out.found ? out.found->text.size() : 0;
    if (out.span->begin > out.span->end || out.span->end > size) out.span.reset();
  }
  if (const json::value* compared = from.as_object().if_contains("compared"))
    out.compared = list(*compared, read_value);
  return out;
}

ExplainedItem read_item(const json::value& from) {
  ExplainedItem out;
  out.keyword = from.at("field").is_null();
  out.field = text_or_empty(from.at("field"));
  for (const json::value& name : from.at("modifiers").as_array()) out.modifiers += "|" + text(name);
  out.all = from.at("all").as_bool();
  out.negated = from.at("negated").as_bool();
  out.holds = from.at("holds").as_bool();
  out.values = list(from.at("values"), read_value);
  out.value_count = number(from.at("value_count"));
  out.similar_field = text_or_empty(from.at("did_you_mean"));
  out.leaves = list(from.at("leaves"), read_leaf);
  out.leaf_count = number(from.at("leaf_count"));
  return out;
}

ExplainedAlternative read_alternative(const json::value& from) {
  return {from.at("holds").as_bool(), list(from.at("items"), read_item)};
}

ExplainedSelection read_selection(const json::value& from) {
  ExplainedSelection out{
      text(from.at("name")), optional_text(from, "filter"), from.at("holds").as_bool(), {}};
  if (!from.at("alternatives").is_null()) out.alternatives = list(from.at("alternatives"), read_alternative);
  return out;
}

/// Of selections that are not listed nothing is said.
void read_obstacle(const json::value& from, Explanation& to) {
  const std::string name = text(from.at("selection"));
  const std::string filter = optional_text(from, "filter");
  const auto found = std::find_if(
      to.selections.begin(), to.selections.end(),
      [&](const ExplainedSelection& each) { return each.name == name && each.filter == filter; });
  if (found == to.selections.end()) return;
  to.obstacles.push_back(
      {static_cast<std::size_t>(found - to.selections.begin()), from.at("wanted").as_bool()});
}

Explanation read(const json::value& from) {
  Explanation out;
  out.matches = from.at("matches").as_bool();
  const json::value& log_source = from.at("log_source");
  out.log_source_covered = log_source.at("covered").as_bool();
  out.rule_log_source = read_log_source(log_source.at("rule"));
  out.pack = text_or_empty(log_source.at("pack"));
  out.event_log_sources = list(log_source.at("event"), read_log_source);
  out.conditions = list(from.at("conditions"), [](const json::value& each) {
    return ExplainedCondition{text(each.at("text")), each.at("holds").as_bool()};
  });
  out.filters = list(from.at("filters"), [](const json::value& each) {
    return ExplainedFilter{text(each.at("title")), text(each.at("condition")), each.at("holds").as_bool()};
  });
  out.selections = list(from.at("selections"), read_selection);
  for (const json::value& each : from.at("why_not").as_array()) read_obstacle(each, out);
  return out;
}

}  // namespace

Result<Explanation> read_explanation(std::string_view json) {
  try {
    return read(json::parse(json));
  } catch (const boost::system::system_error& error) {
    return failure(ErrorKind::Malformed, std::string("explanation: ") + error.what());
  }
}

}  // namespace countersign
