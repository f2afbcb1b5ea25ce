// SPDX-License-Identifier: Apache-2.0
#include "rules/correlation_reader.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "rules/condition.h"
#include "rules/number.h"
#include "rules/scalar.h"

namespace countersign {
namespace {

struct Type {
  std::string_view name;
  bool temporal = false;    // its condition may be a text, or missing
  bool field = false;       // its condition names a field
  bool fractions = false;   // its bounds may have a fraction
  bool percentile = false;  // its condition has `percentile`
};

constexpr auto kTypes = std::to_array<Type>({
    {"event_count"},
    {"value_count", false, true},
    {"temporal", true},
    {"temporal_ordered", true},
    {"value_sum", false, true, true},
    {"value_avg", false, true, true},
    {"value_percentile", false, true, true, true},
});

constexpr auto kOperators = std::to_array<std::string_view>({"gt", "gte", "lt", "lte", "eq", "neq"});

class CorrelationReader {
 public:
  CorrelationReader(const YamlNode& root, Findings& findings) : root_(root), findings_(findings) {}

  std::vector<PlacedText> read() {
    const YamlNode& node = *root_.find("correlation");
    if (!node.is_map()) {
      add(node.where, fmt::format("`correlation` is {}, not a map", kind_name(node)));
      return {};
    }
    check_keys(node, {"type", "rules", "group-by", "timespan", "condition", "aliases", "generate"},
               "correlation.unknown_key", "a correlation", findings_);
    const Type* type = read_type(node);
    read_rules(node);
    (void)texts_at(node, "group-by", "correlation.value", findings_);
    read_timespan(node);
    check_generate(node.find("generate"));
    check_generate(root_.find("generate"));
    check_aliases(node.find("aliases"));
    if (type != nullptr) check_condition(*type, node);
    return std::move(rules_);
  }

 private:
  void add(Position where, std::string message, std::string hint = {}) {
    findings_.add("correlation.value", where, std::move(message), std::move(hint));
  }
  void missing(const YamlNode& node, std::string_view key) {
    findings_.add("correlation.missing_key", node.where, fmt::format("a correlation needs `{}`", key));
  }
  bool refers_to(std::string_view rule) const {
    return std::any_of(rules_.begin(), rules_.end(),
                       [&](const PlacedText& known) { return known.text == rule; });
  }

  const Type* read_type(const YamlNode& node) {
    const YamlNode* type = node.find("type");
    if (type == nullptr || !type->is_scalar()) {
      missing(node, "type");
      return nullptr;
    }
    std::string_view name = type->text;
    if (name == "ordered_temporal") {
      findings_.add("correlation.type_alias", type->where,
                    "`ordered_temporal` is taken as `temporal_ordered`",
                    "the specification knows only the latter");
      name = "temporal_ordered";
    }
    const auto* found =
        std::find_if(kTypes.begin(), kTypes.end(), [&](const Type& row) { return row.name == name; });
    if (found != kTypes.end()) return found;
    add(type->where, fmt::format("there is no correlation type `{}`", name),
        "event_count, value_count, temporal, temporal_ordered, value_sum, value_avg or value_percentile");
    return nullptr;
  }

  void read_rules(const YamlNode& node) {
    rules_ = texts_at(node, "rules", "correlation.value", findings_);
    if (node.find("rules") == nullptr || rules_.empty()) missing(node, "rules");
  }

  void read_timespan(const YamlNode& node) {
    const YamlNode* timespan = node.find("timespan");
    if (timespan == nullptr || timespan->is_null()) return missing(node, "timespan");
    if (!timespan->is_scalar() || !parse_timespan(timespan->text))
      add(timespan->where, "`timespan` is no time span",
          "a number and s, m, h or d, such as 5m; at most 3660d");
  }

  void check_generate(const YamlNode* generate) {
    if (generate == nullptr) return;
    if (!generate->is_scalar() || !generate->plain || !parse_yaml_bool(generate->text))
      add(generate->where, "`generate` is neither true nor false");
  }

  void check_aliases(const YamlNode* aliases) {
    if (aliases == nullptr) return;
    if (!aliases->is_map()) return add(aliases->where, "`aliases` is not a map");
    for (std::size_t i = 0; i < aliases->items.size(); ++i) {
      const YamlNode& fields = aliases->items[i];
      if (!fields.is_map()) {
        add(fields.where, fmt::format("the alias `{}` is not a map of rule to field", aliases->keys[i].text));
        continue;
      }
      for (std::size_t j = 0; j < fields.items.size(); ++j) {
        if (!refers_to(fields.keys[j].text))
          add(fields.keys[j].where,
              fmt::format("the alias names `{}`, which is not in `rules`", fields.keys[j].text));
        if (!fields.items[j].is_scalar()) add(fields.items[j].where, "the field of an alias is not a text");
      }
    }
  }

  void check_condition(const Type& type, const YamlNode& node) {
    const YamlNode* condition = node.find("condition");
    if (condition == nullptr || condition->is_null()) {
      if (!type.temporal) missing(node, "condition");
      return;
    }
    if (condition->is_scalar() && type.temporal) return check_text_condition(*condition);
    if (!condition->is_map())
      return add(condition->where, fmt::format("`condition` is {}, not a map", kind_name(*condition)));
    check_bounds(type, *condition);
    if (type.field) check_field(type, *condition);
    const YamlNode* percentile = condition->find("percentile");
    if (type.percentile && percentile == nullptr)
      findings_.add("correlation.percentile_missing", condition->where,
                    "there is no `percentile`; 50 is taken");
    if (percentile != nullptr) check_percentile(*percentile);
  }

  void check_bounds(const Type& type, const YamlNode& condition) {
    std::vector<std::string_view> known(kOperators.begin(), kOperators.end());
    if (type.field) known.emplace_back("field");
    if (type.percentile) known.emplace_back("percentile");
    check_keys(condition, known, "correlation.unknown_key", "the condition", findings_);
    bool bounded = false;
    for (const std::string_view name : kOperators) {
      const YamlNode* bound = condition.find(name);
      if (bound == nullptr) continue;
      bounded = true;
      const std::optional<Number> number =
          bound->is_scalar() && bound->plain ? parse_decimal(bound->text) : std::nullopt;
      if (!number || (!type.fractions && (number->kind != Number::Kind::Integer || number->integer < 0)))
        add(bound->where,
            fmt::format("`{}` needs {}", name, type.fractions ? "a number" : "a whole number from 0"));
    }
    if (!bounded) add(condition.where, "the condition has no bound", "gt, gte, lt, lte, eq or neq");
  }

  void check_field(const Type& type, const YamlNode& condition) {
    const YamlNode* field = condition.find("field");
    if (field == nullptr || field->is_null()) {
      findings_.add("correlation.missing_key", condition.where,
                    fmt::format("the condition of {} needs `field`", type.name));
    } else if (field->is_sequence() && type.name == "value_count") {
      (void)texts_at(condition, "field", "correlation.value", findings_);
    } else if (!field->is_scalar()) {
      add(field->where, fmt::format("`field` is {}, not a text", kind_name(*field)));
    }
  }

  void check_percentile(const YamlNode& percentile) {
    const std::optional<Number> number =
        percentile.is_scalar() ? parse_decimal(percentile.text) : std::nullopt;
    if (!number || number->real < 0 || number->real > 100)
      add(percentile.where, "`percentile` is no number from 0 to 100");
  }

  void check_text_condition(const YamlNode& text) {
    const ParsedCondition parsed = parse_condition(text.text);
    for (const ConditionError& error : parsed.errors)
      findings_.add(error.code, position_in(text, error.offset), error.message, error.hint);
    if (parsed.root) check_names(*parsed.root, text);
  }

  void check_names(const Condition& condition, const YamlNode& text) {
    for (const Condition& child : condition.children) check_names(child, text);
    if (!condition.children.empty()) return;
    const bool exact = condition.kind == Condition::Kind::Name;
    const bool found = std::any_of(rules_.begin(), rules_.end(), [&](const PlacedText& rule) {
      return exact ? rule.text == condition.name : fits_pattern(condition.name, rule.text);
    });
    if (!found)
      findings_.add("condition.unknown", position_in(text, condition.offset),
                    fmt::format("`{}` is not in `rules`", condition.name));
  }

  const YamlNode& root_;
  Findings& findings_;
  std::vector<PlacedText> rules_;
};

}  // namespace

std::vector<PlacedText> read_correlation(const YamlNode& root, Findings& findings) {
  return CorrelationReader(root, findings).read();
}

}  // namespace countersign
