// SPDX-License-Identifier: Apache-2.0
#include "rules/explain.h"

#include <algorithm>

#include "rules/compiled_rule.h"
#include "rules/evaluate.h"
#include "rules/event_view.h"
#include "rules/spelling.h"

namespace countersign {
namespace {

ExplainedValue copy_of(const Field& field) {
  return {std::string(field.name), field.value.type, std::string(field.value.text)};
}

/// The selections that keep the conditions from holding, each once.
class ObstacleFinder {
 public:
  ObstacleFinder(const CompiledRule& rule, EventView& event) : rule_(rule), event_(event) {}

  std::vector<Obstacle> find() {
    for (const Expression& condition : rule_.conditions) blame(condition, true);
    return std::move(found_);
  }

 private:
  /// REQUIRES: the outcome of `expression` is not `wanted`.
  void blame(const Expression& expression, bool wanted) {
    if (expression.kind == Expression::Kind::Not) return blame(expression.children.front(), !wanted);
    for (const Expression& child : expression.children)
      if (evaluate(child, rule_, event_) != wanted) blame(child, wanted);
    for (const std::uint32_t selection : expression.selections)
      if (evaluate(rule_.selections[selection], event_) != wanted) add({selection, wanted});
  }

  void add(const Obstacle& obstacle) {
    const auto same = [&](const Obstacle& other) {
      return other.selection == obstacle.selection && other.wanted == obstacle.wanted;
    };
    if (std::none_of(found_.begin(), found_.end(), same)) found_.push_back(obstacle);
  }

  const CompiledRule& rule_;
  EventView& event_;
  std::vector<Obstacle> found_;
};

/// What a value must be before a test can hold for it.
struct Usable {
  const Value& value;

  LeafReason operator()(const CompareTest& /*test*/) const {
    return number_or_numeric_text(value) ? LeafReason::Differs : LeafReason::NoNumber;
  }
  LeafReason operator()(const TimePartTest& /*test*/) const {
    return date_of(value) ? LeafReason::Differs : LeafReason::NoDate;
  }
  LeafReason operator()(const NetworkTest& /*test*/) const {
    const bool address = value.type == ValueType::String && parse_address(value.text).has_value();
    return address ? LeafReason::Differs : LeafReason::NoAddress;
  }
  template <class Test>
  LeafReason operator()(const Test& /*test*/) const {
    return has_text(value) ? LeafReason::Differs : LeafReason::NoText;
  }
};

}  // namespace

class Explainer::Impl {
 public:
  explicit Impl(std::shared_ptr<const RuleSet> rules)
      : rules_(std::move(rules)), view_(rules_->compiled().fields) {}

  Explanation explain(std::uint32_t index, const Event& event) {
    view_.reset(event);
    const CompiledRule& rule = rules_->compiled().rules[index];
    Explanation out;
    out.rule_log_source = rules_->rules()[index].log_source;
    if (const EventClass* event_class = event.event_class()) {
      out.pack = event_class->pack;
      out.event_log_sources = event_class->log_sources;
      out.log_source_covered = covers(out.rule_log_source, *event_class);
    }
    const bool holds = evaluate(rule, view_);
    out.matches = out.log_source_covered && holds;
    const bool filtered = !rule.filters.empty();
    for (std::size_t i = 0; i < rule.conditions.size(); ++i) {
      const Expression& own = filtered ? rule.conditions[i].children.front() : rule.conditions[i];
      out.conditions.push_back({rule.texts[i], evaluate(own, rule, view_)});
    }
    for (std::size_t i = 0; i < rule.filters.size(); ++i) {
      const Expression& condition = rule.conditions.front().children[i + 1];
      out.filters.push_back({rule.filters[i].title, rule.filters[i].text, evaluate(condition, rule, view_)});
    }
    for (const Selection& selection : rule.selections) {
      out.selections.push_back(explain(selection));
      if (selection.filter) out.selections.back().filter = rule.filters[*selection.filter].title;
    }
    if (!holds) out.obstacles = ObstacleFinder(rule, view_).find();
    return out;
  }

 private:
  ExplainedSelection explain(const Selection& selection) {
    ExplainedSelection out{selection.name, {}, evaluate(selection, view_), {}};
    for (const std::vector<Item>& items : selection.alternatives) {
      ExplainedAlternative alternative{true, {}};
      for (const Item& item : items) {
        alternative.items.push_back(explain(item));
        alternative.holds = alternative.holds && alternative.items.back().holds;
      }
      out.alternatives.push_back(std::move(alternative));
    }
    return out;
  }

  ExplainedItem explain(const Item& item) {
    ExplainedItem out;
    out.keyword = item.keyword;
    out.modifiers = item.modifiers;
    out.all = item.all;
    out.negated = item.negated;
    out.holds = evaluate(item, view_);
    if (!item.keyword) {
      out.field = rules_->compiled().fields[item.field].name;
      out.values = values_of(item.field, out.value_count);
      if (out.value_count == 0) out.similar_field = similar_to(out.field);
    }
    for (std::size_t i = 0; i < item.values.size(); ++i)
      out.leaves.push_back(explain(item, item.values[i], item.texts[i]));
    return out;
  }

  ExplainedLeaf explain(const Item& item, const std::vector<LeafTest>& variants, const std::string& text) {
    ExplainedLeaf out;
    if (!std::holds_alternative<NullTest>(variants.front())) out.pattern = text;
    if (const auto* test = std::get_if<FieldTest>(&variants.front())) {
      std::size_t count = 0;
      out.compared = values_of(test->other, count);
    }
    if (test_variants(variants, item, view_)) {
      out.reason = LeafReason::Holds;
      out.found = first_that_fits(item, variants);
    } else {
      out.reason = why_not(item, variants.front());
    }
    return out;
  }

  /// Empty when no value makes the test hold, but that there is none.
  std::optional<ExplainedValue> first_that_fits(const Item& item, const std::vector<LeafTest>& variants) {
    const std::span<const Field> fields = view_.event().fields();
    const auto fits = [&](std::uint32_t index) {
      return std::any_of(variants.begin(), variants.end(),
                         [&](const LeafTest& test) { return test_value(test, view_, index); });
    };
    std::optional<ExplainedValue> found;
    const auto visit = [&](std::uint32_t index) {
      if (!fits(index)) return false;
      found = copy_of(fields[index]);
      return true;
    };
    if (!item.keyword) {
      view_.any_value(item.field, visit);
      return found;
    }
    for (std::uint32_t index = 0; index < fields.size(); ++index)
      if (is_keyword_target(fields[index]) && visit(index)) break;
    return found;
  }

  /// Of a test that does not hold.
  LeafReason why_not(const Item& item, const LeafTest& test) {
    const bool of_field = std::holds_alternative<NullTest>(test) || std::holds_alternative<ExistsTest>(test);
    if (item.keyword) return LeafReason::Differs;
    if (!view_.has(item.field)) return LeafReason::FieldMissing;
    if (of_field) return LeafReason::Differs;
    if (const auto* other = std::get_if<FieldTest>(&test); other != nullptr && !view_.has(other->other))
      return LeafReason::OtherFieldMissing;
    LeafReason reason = LeafReason::Differs;
    view_.any_value(item.field, [&](std::uint32_t index) {
      reason = std::visit(Usable{view_.value(index)}, test);
      return reason == LeafReason::Differs;
    });
    return reason;
  }

  std::vector<ExplainedValue> values_of(FieldId field, std::size_t& count) {
    std::vector<ExplainedValue> out;
    view_.any_value(field, [&](std::uint32_t index) {
      if (++count <= kExplainedValuesMax) out.push_back(copy_of(view_.event().fields()[index]));
      return false;
    });
    return out;
  }

  std::string similar_to(const std::string& name) const {
    std::vector<std::string_view> names;
    for (const Field& field : view_.event().fields()) names.push_back(field.name);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return std::string(closest(name, names));
  }

  std::shared_ptr<const RuleSet> rules_;
  EventView view_;
};

Explainer::Explainer(std::shared_ptr<const RuleSet> rules)
    : impl_(std::make_unique<Impl>(std::move(rules))) {}
Explainer::~Explainer() = default;
Explainer::Explainer(Explainer&&) noexcept = default;
Explainer& Explainer::operator=(Explainer&&) noexcept = default;

Explanation Explainer::explain(std::uint32_t rule, const Event& event) { return impl_->explain(rule, event); }

std::string_view to_string(LeafReason reason) {
  switch (reason) {
    case LeafReason::Holds: return "holds";
    case LeafReason::Differs: return "differs";
    case LeafReason::FieldMissing: return "field_missing";
    case LeafReason::OtherFieldMissing: return "other_field_missing";
    case LeafReason::NoText: return "no_text";
    case LeafReason::NoNumber: return "no_number";
    case LeafReason::NoAddress: return "no_address";
    case LeafReason::NoDate: return "no_date";
  }
  return "";
}

}  // namespace countersign
