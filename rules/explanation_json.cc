// SPDX-License-Identifier: Apache-2.0
#include "rules/explanation_json.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/json_text.h"
#include "core/utf8_cut.h"

namespace countersign {
namespace {

using Texts = std::vector<std::string>;

// Bytes of a text that are told, tried one after the other until the whole is small enough.
constexpr std::size_t kTextBytesTried[] = {kBriefValueBytesMax, 256, 64};

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

/// What `make` makes of each.
template <class Items, class Make>
Texts each(const Items& items, Make make) {
  Texts out;
  out.reserve(items.size());
  for (const auto& item : items) out.push_back(make(item));
  return out;
}

std::string array(const Texts& items) { return fmt::format("[{}]", fmt::join(items, ",")); }

/// The members of an explanation as JSON, lists still apart.
struct Parts {
  std::string matches;
  std::string rule_log_source;
  std::string pack;
  Texts event_log_sources;
  Texts conditions;
  Texts filters;
  Texts why_not;
  Texts selections;
};

std::string members(const Parts& parts) {
  return fmt::format(
      R"("matches":{},"log_source":{{{},"pack":{},"event":{}}},"conditions":{},"filters":{},"why_not":{},)"
      R"("selections":{})",
      parts.matches, parts.rule_log_source, parts.pack, array(parts.event_log_sources),
      array(parts.conditions), array(parts.filters), array(parts.why_not), array(parts.selections));
}

class Writer {
 public:
  /// Texts are cut to `text_bytes_max` bytes.
  explicit Writer(std::size_t text_bytes_max) : text_bytes_max_(text_bytes_max) {}

  Parts parts(const Explanation& from) {
    Parts out;
    out.matches = from.matches ? "true" : "false";
    out.rule_log_source =
        fmt::format(R"("covered":{},"rule":{})", from.log_source_covered, json(from.rule_log_source));
    out.pack = from.pack.empty() ? "null" : text(from.pack);
    out.event_log_sources = each(from.event_log_sources, [&](const auto& source) { return json(source); });
    out.conditions = each(from.conditions, [&](const auto& condition) { return json(condition); });
    out.filters = each(from.filters, [&](const auto& filter) { return json(filter); });
    out.why_not = each(from.obstacles, [&](const Obstacle& obstacle) {
      const ExplainedSelection& selection = from.selections[obstacle.selection];
      return fmt::format(R"({{"selection":{}{},"wanted":{}}})", text(selection.name),
                         filter_member(selection), obstacle.wanted);
    });
    out.selections = each(from.selections, [&](const auto& selection) { return json(selection); });
    return out;
  }

  /// A selection without its tests.
  std::string outline(const ExplainedSelection& selection) {
    return fmt::format(R"({{"name":{}{},"holds":{},"alternatives":null}})", text(selection.name),
                       filter_member(selection), selection.holds);
  }

  bool truncated() const { return truncated_; }

 private:
  std::string text(std::string_view whole) {
    const std::string_view shown = utf8_prefix(whole, text_bytes_max_);
    truncated_ = truncated_ || shown.size() < whole.size();
    return json_string(shown);
  }

  /// Numbers are texts as well: a reader must not lose their digits. `span` is moved with what is cut off.
  std::string json(const ExplainedValue& value, std::optional<TextSpan>& span) {
    const bool has_text =
        value.type != ValueType::Null && value.type != ValueType::Object && value.type != ValueType::Array;
    const Excerpt excerpt = excerpt_of(value.text, span, text_bytes_max_);
    const std::size_t size = excerpt.shown.end - excerpt.shown.begin;
    span = excerpt.span;
    const std::string shown =
        has_text ? json_string(std::string_view(value.text).substr(excerpt.shown.begin, size)) : "null";
    std::string cut;
    if (value.truncated || size < value.text.size()) {
      truncated_ = true;
      cut = fmt::format(R"(,"truncated":true,"skipped":{})", value.skipped + excerpt.shown.begin);
    }
    return fmt::format(R"({{"field":{},"type":"{}","value":{}{}}})", text(value.field), name_of(value.type),
                       shown, cut);
  }

  std::string json(const std::vector<ExplainedValue>& values) {
    std::optional<TextSpan> none;
    return array(each(values, [&](const ExplainedValue& value) { return json(value, none); }));
  }

  std::string json(const LogSource& source) {
    return fmt::format(R"({{"product":{},"category":{},"service":{}}})", text(source.product),
                       text(source.category), text(source.service));
  }

  std::string json(const ExplainedLeaf& leaf) {
    std::optional<TextSpan> span = leaf.span;
    const std::string found = leaf.found ? json(*leaf.found, span) : "null";
    std::string out = fmt::format(R"({{"pattern":{},"holds":{},"reason":"{}","found":{},"span":{})",
                                  leaf.pattern ? text(*leaf.pattern) : "null",
                                  leaf.reason == LeafReason::Holds, to_string(leaf.reason), found,
                                  span ? fmt::format("[{},{}]", span->begin, span->end) : "null");
    if (!leaf.compared.empty()) out += fmt::format(R"(,"compared":{})", json(leaf.compared));
    return out + "}";
  }

  /// `|contains|all` → `["contains","all"]`.
  static std::string modifiers_json(std::string_view modifiers) {
    Texts names;
    while (!modifiers.empty()) {
      const std::size_t end = std::min(modifiers.find('|', 1), modifiers.size());
      names.push_back(json_string(modifiers.substr(1, end - 1)));
      modifiers.remove_prefix(end);
    }
    return array(names);
  }

  std::string json(const ExplainedItem& item) {
    return fmt::format(
        R"({{"field":{},"modifiers":{},"all":{},"negated":{},"holds":{},"values":{},"value_count":{},)"
        R"("did_you_mean":{},"leaves":{},"leaf_count":{}}})",
        item.keyword ? "null" : text(item.field), modifiers_json(item.modifiers), item.all, item.negated,
        item.holds, json(item.values), item.value_count,
        item.similar_field.empty() ? "null" : text(item.similar_field),
        array(each(item.leaves, [&](const ExplainedLeaf& leaf) { return json(leaf); })), item.leaf_count);
  }

  /// `,"filter":title` of a selection that a filter brought.
  std::string filter_member(const ExplainedSelection& selection) {
    return selection.filter.empty() ? "" : fmt::format(R"(,"filter":{})", text(selection.filter));
  }

  std::string json(const ExplainedSelection& selection) {
    const auto alternative = [&](const ExplainedAlternative& one) {
      return fmt::format(R"({{"holds":{},"items":{}}})", one.holds,
                         array(each(one.items, [&](const auto& item) { return json(item); })));
    };
    return fmt::format(R"({{"name":{}{},"holds":{},"alternatives":{}}})", text(selection.name),
                       filter_member(selection), selection.holds,
                       array(each(selection.alternatives, alternative)));
  }

  std::string json(const ExplainedCondition& condition) {
    return fmt::format(R"({{"text":{},"holds":{}}})", text(condition.text), condition.holds);
  }

  std::string json(const ExplainedFilter& filter) {
    return fmt::format(R"({{"title":{},"condition":{},"holds":{}}})", text(filter.title),
                       text(filter.condition), filter.holds);
  }

  std::size_t text_bytes_max_;
  bool truncated_ = false;
};

std::string object(const Parts& parts, bool truncated) {
  return fmt::format(R"({{{},"truncated":{}}})", members(parts), truncated);
}

/// Keeps the first elements that have room.
void shorten(Texts& list, std::size_t bytes_max) {
  std::size_t bytes = 0;
  const auto beyond = std::find_if(list.begin(), list.end(), [&](const std::string& item) {
    bytes += item.size() + 1;
    return bytes > bytes_max;
  });
  list.erase(beyond, list.end());
}

/// Lists that end early, and as many selections with their tests as there is room for. The lists take at most
/// three quarters of the room; what else there is are a few short texts.
std::string shortened(const Explanation& explanation) {
  Writer writer(*std::rbegin(kTextBytesTried));
  Parts parts = writer.parts(explanation);
  for (Texts* list : {&parts.event_log_sources, &parts.conditions, &parts.filters, &parts.why_not})
    shorten(*list, kExplanationBytesMax / 8);
  const Texts whole = std::move(parts.selections);
  parts.selections =
      each(explanation.selections, [&](const auto& selection) { return writer.outline(selection); });
  shorten(parts.selections, kExplanationBytesMax / 4);
  std::size_t room = kExplanationBytesMax - object(parts, true).size();
  for (const bool wanted : {true, false}) {
    for (std::size_t i = 0; i < parts.selections.size(); ++i) {
      std::string& told = parts.selections[i];
      if (explanation.selections[i].holds != wanted || whole[i].size() > told.size() + room) continue;
      room = room + told.size() - whole[i].size();
      told = whole[i];
    }
  }
  return object(parts, true);
}

}  // namespace

std::string explanation_members(const Explanation& explanation) {
  return members(Writer(std::numeric_limits<std::size_t>::max()).parts(explanation));
}

std::string bounded_explanation_json(const Explanation& explanation) {
  for (const std::size_t text_bytes : kTextBytesTried) {
    Writer writer(text_bytes);
    const Parts parts = writer.parts(explanation);
    std::string out = object(parts, writer.truncated());
    if (out.size() <= kExplanationBytesMax) return out;
  }
  return shortened(explanation);
}

}  // namespace countersign
