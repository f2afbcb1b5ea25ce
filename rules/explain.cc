// SPDX-License-Identifier: Apache-2.0
#include "rules/explain.h"

#include <algorithm>

#include "rules/compiled_rule.h"
#include "rules/evaluate.h"
#include "rules/event_view.h"
#include "rules/leaf_span.h"
#include "rules/spelling.h"

namespace countersign {
namespace {

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

  Explanation explain(std::uint32_t index, const Event& event, bool brief) {
    view_.reset(event);
    brief_ = brief;
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
      if (out.value_count == 0 && !brief_) out.similar_field = similar_to(out.field);
    }
    out.leaf_count = item.values.size();
    for (const std::size_t i : told_values(item))
      out.leaves.push_back(explain(item, item.values[i], item.texts[i]));
    return out;
  }

  /// Indices of the values of the item that are explained.
  std::vector<std::size_t> told_values(const Item& item) {
    std::vector<std::size_t> out;
    if (!brief_) {
      for (std::size_t i = 0; i < item.values.size(); ++i) out.push_back(i);
      return out;
    }
    std::vector<std::size_t> holding;
    std::vector<std::size_t> failing;
    for (std::size_t i = 0; i < item.values.size(); ++i)
      (test_variants(item.values[i], item, view_) ? holding : failing).push_back(i);
    const bool found = item.all ? failing.empty() : !holding.empty();
    out = std::move(found ? holding : failing);
    out.resize(std::min(out.size(), found ? kBriefHoldingLeavesMax : kBriefFailingLeavesMax));
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
      find_first(item, variants, out);
    } else {
      out.reason = why_not(item, variants);
    }
    return out;
  }

  /// Leaves `found` empty when no value makes the test hold, but that there is none.
  void find_first(const Item& item, const std::vector<LeafTest>& variants, ExplainedLeaf& out) {
    const auto visit = [&](std::uint32_t index) {
      const auto fits = std::find_if(variants.begin(), variants.end(),
                                     [&](const LeafTest& test) { return test_value(test, view_, index); });
      if (fits == variants.end()) return false;
      out.span = span_of(*fits, view_, index);
      out.found = copy_of(index, out.span);
      return true;
    };
    if (!item.keyword) {
      view_.any_value(item.field, visit);
      return;
    }
    const std::span<const Field> fields = view_.event().fields();
    for (std::uint32_t index = 0; index < fields.size(); ++index)
      if (is_keyword_target(fields[index]) && visit(index)) break;
  }

  /// `span` is moved with what is cut off.
  ExplainedValue copy_of(std::uint32_t index, std::optional<TextSpan>& span) const {
    const Field& field = view_.event().fields()[index];
    const std::string_view text = field.value.text;
    const Excerpt excerpt = excerpt_of(text, span, brief_ ? kBriefValueBytesMax : text.size());
    const TextSpan shown = excerpt.shown;
    span = excerpt.span;
    return {std::string(field.name), field.value.type,
            std::string(text.substr(shown.begin, shown.end - shown.begin)),
            shown.end - shown.begin < text.size(), shown.begin};
  }

  /// Of tests that do not hold.
  LeafReason why_not(const Item& item, const std::vector<LeafTest>& variants) {
    const LeafReason reason = why_not(item, variants.front());
    return reason == LeafReason::Differs && holds_without_case(item, variants) ? LeafReason::DiffersInCase
                                                                               : reason;
  }

  bool holds_without_case(const Item& item, const std::vector<LeafTest>& variants) {
    return std::any_of(variants.begin(), variants.end(), [&](const LeafTest& test) {
      const std::optional<LeafTest> uncased = without_case(test);
      return uncased && test_leaf(*uncased, item.keyword, item.field, view_);
    });
  }

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
    std::optional<TextSpan> none;
    view_.any_value(field, [&](std::uint32_t index) {
      if (++count <= (brief_ ? kBriefValuesMax : kExplainedValuesMax)) out.push_back(copy_of(index, none));
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
  bool brief_ = false;
};

Explainer::Explainer(std::shared_ptr<const RuleSet> rules)
    : impl_(std::make_unique<Impl>(std::move(rules))) {}
Explainer::~Explainer() = default;
Explainer::Explainer(Explainer&&) noexcept = default;
Explainer& Explainer::operator=(Explainer&&) noexcept = default;

Explanation Explainer::explain(std::uint32_t rule, const Event& event) {
  return impl_->explain(rule, event, false);
}
Explanation Explainer::explain_briefly(std::uint32_t rule, const Event& event) {
  return impl_->explain(rule, event, true);
}

std::string_view to_string(LeafReason reason) {
  switch (reason) {
    case LeafReason::Holds: return "holds";
    case LeafReason::Differs: return "differs";
    case LeafReason::DiffersInCase: return "differs_in_case";
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
