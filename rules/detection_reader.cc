// SPDX-License-Identifier: Apache-2.0
#include "rules/detection_reader.h"

#include <algorithm>

#include <fmt/core.h>

#include "rules/condition.h"

namespace countersign {
namespace {

class Reader {
 public:
  explicit Reader(Findings& findings) : findings_(findings) {}

  std::vector<YamlNode> read_conditions(const YamlNode& node) {
    if (node.is_scalar()) return {node};
    if (node.is_sequence() && !node.items.empty() &&
        std::all_of(node.items.begin(), node.items.end(),
                    [](const YamlNode& item) { return item.is_scalar(); }))
      return node.items;
    findings_.add("condition.syntax", node.where,
                  fmt::format("the condition is {}, not a text or a list of texts", kind_name(node)));
    return {};
  }

  void read_selection(const YamlNode& key, const YamlNode& node, DetectionDocument& out) {
    if (!is_identifier(key.text) || is_condition_keyword(key.text))
      findings_.add("detection.identifier", key.where, fmt::format("`{}` cannot name a selection", key.text),
                    "use letters, digits, _ and -; and no word of the condition language");
    DetectionSelection selection;
    selection.name = key.text;
    selection.where = key.where;
    if (node.is_map()) {
      add_alternative(read_items(node), selection);
    } else if (node.is_scalar()) {
      selection.alternatives.push_back({keyword_item({read_scalar(node)}, node.where)});
    } else if (node.is_sequence()) {
      read_list(node, selection);
    }
    if ((node.is_null() || node.items.empty()) && !node.is_scalar())
      findings_.add("detection.empty", key.where, fmt::format("the selection `{}` is empty", key.text),
                    "give it fields or keywords, or remove it");
    out.selections.push_back(std::move(selection));
  }

 private:
  static DetectionItem keyword_item(std::vector<RuleScalar> values, Position where) {
    DetectionItem item;
    item.keyword = true;
    item.where = where;
    item.is_list = values.size() > 1;
    item.values = std::move(values);
    return item;
  }

  static void add_alternative(std::vector<DetectionItem> items, DetectionSelection& selection) {
    if (!items.empty()) selection.alternatives.push_back(std::move(items));
  }

  void read_list(const YamlNode& list, DetectionSelection& selection) {
    std::vector<RuleScalar> keywords;
    for (const YamlNode& entry : list.items) {
      if (entry.is_map()) {
        if (entry.items.empty())
          findings_.add("detection.empty", entry.where, "an entry of the selection is empty");
        add_alternative(read_items(entry), selection);
      } else if (entry.is_sequence()) {
        findings_.add("value.nested", entry.where, "a list inside the list of a selection");
      } else {
        keywords.push_back(read_scalar(entry));
      }
    }
    if (!keywords.empty()) {
      const Position where = keywords.front().where;
      selection.alternatives.push_back({keyword_item(std::move(keywords), where)});
    }
  }

  std::vector<DetectionItem> read_items(const YamlNode& map) {
    std::vector<DetectionItem> items;
    for (std::size_t i = 0; i < map.items.size(); ++i) items.push_back(read_item(map.keys[i], map.items[i]));
    return items;
  }

  DetectionItem read_item(const YamlNode& key, const YamlNode& node) {
    DetectionItem item;
    item.where = key.where;
    split_key(key, item);
    item.keyword = item.field.empty();
    item.is_list = node.is_sequence();
    if (node.is_map()) {
      findings_.add("value.nested", node.where, fmt::format("the value of `{}` is a map", key.text),
                    "write the nested field as one name with dots");
    } else if (!node.is_sequence()) {
      item.values.push_back(read_scalar(node));
    } else {
      for (const YamlNode& value : node.items) {
        if (value.is_scalar() || value.is_null()) {
          item.values.push_back(read_scalar(value));
        } else {
          findings_.add("value.nested", value.where,
                        fmt::format("{} inside the values of `{}`", kind_name(value), key.text));
        }
      }
      if (node.items.empty())
        findings_.add("value.empty_list", node.where,
                      fmt::format("the list of values of `{}` is empty and counts as null", key.text),
                      "write null, or give values");
    }
    if (item.values.empty()) {
      RuleScalar null;
      null.where = node.where;
      item.values.push_back(null);
    }
    return item;
  }

  void split_key(const YamlNode& key, DetectionItem& item) {
    const std::string_view text = key.text;
    std::size_t start = text.find('|');
    item.field = std::string(text.substr(0, start));
    check_field(key, item.field);
    while (start != std::string_view::npos) {
      const std::size_t next = text.find('|', start + 1);
      item.modifiers.push_back(
          {std::string(text.substr(start + 1, next == std::string_view::npos ? next : next - start - 1)),
           position_in(key, start + 1)});
      start = next;
    }
  }

  /// Open proposals (SEP 212) give these endings a meaning; a field that is really called so is not known.
  void check_field(const YamlNode& key, std::string_view field) {
    for (const std::string_view ending : {"[any]", "[all]", "[none]"})
      if (field.ends_with(ending))
        findings_.add("field.reserved", key.where,
                      fmt::format("`{}` is reserved for array quantifiers, which are not supported", ending),
                      "without it, a test holds when any member of an array fits");
  }

  Findings& findings_;
};

}  // namespace

DetectionDocument read_detection(const YamlNode& node, Position where, std::string_view ignored,
                                 Findings& findings) {
  DetectionDocument out;
  if (!node.is_map()) {
    findings.add("detection.shape", where, fmt::format("it is {}, not a map of selections", kind_name(node)),
                 "indent selections and condition below `detection:`");
    return out;
  }
  Reader reader(findings);
  bool has_condition = false;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const YamlNode& key = node.keys[i];
    if (key.text == "condition") {
      has_condition = true;
      out.conditions = reader.read_conditions(node.items[i]);
    } else if (key.text == "timeframe") {
      findings.add("detection.timeframe", key.where, "`timeframe` is no longer part of a detection",
                   "write a correlation document with `timespan` that refers to this rule");
    } else if (key.text != ignored || ignored.empty()) {
      reader.read_selection(key, node.items[i], out);
    }
  }
  if (!has_condition)
    findings.add("detection.condition_missing", where, "there is no condition",
                 "write which selections must hold: `condition: selection and not filter`");
  if (out.selections.empty()) findings.add("detection.selection_missing", where, "there is no selection");
  return out;
}

}  // namespace countersign
