// SPDX-License-Identifier: Apache-2.0
#include "rules/matcher.h"

#include <algorithm>
#include <unordered_map>

#include "core/invariant.h"
#include "rules/compiled_rule.h"
#include "rules/cost_meter.h"
#include "rules/evaluate.h"
#include "rules/event_view.h"
#include "rules/interpreter.h"
#include "rules/plan/witness_cache.h"

namespace countersign {
namespace {

constexpr std::uint32_t kEpochs = UINT32_MAX / 2;  // an answer is an epoch and a bit

}  // namespace

class Matcher::Impl {
 public:
  explicit Impl(std::shared_ptr<const Plan> plan)
      : plan_(std::move(plan)),
        view_(plan_->rules()->compiled().fields),
        answers_(plan_->graph().node_count()),
        seen_witness_(plan_->witnesses().size()),
        seen_rule_(plan_->rules()->rules().size()),
        interpreter_(plan_->rules()) {
    for (const auto& index : plan_->indexes()) {
      // Without room for a search no event could be judged.
      if (index->scanner() != nullptr) invariant(scratch_.prepare(*index->scanner()).has_value());
      if (index->raw_filter() != nullptr)
        invariant(scratch_.prepare(index->raw_filter()->scanner()).has_value());
    }
  }

  void match(const Event& event, std::vector<std::uint32_t>& matches) {
    matches.clear();
    if (event.event_class() == nullptr) return;
    const RuleGroup* group = group_of(*event.event_class());
    if (group == nullptr) return interpret(event, matches);
    if (group->rules.empty()) return;
    const bool timed = meter_ != nullptr && meter_->begin(group->number);
    begin(*group, event);
    find_candidates();
    if (meter_ != nullptr) {
      evaluate_measured(timed, matches);
    } else {
      for (const std::uint32_t rule : candidates_)
        if (holds(root_of(rule))) matches.push_back(rule);
    }
    std::sort(matches.begin(), matches.end());
  }

  const std::shared_ptr<const RuleSet>& rules() const { return plan_->rules(); }

  void measure(std::uint32_t interval) {
    meter_ = std::make_unique<CostMeter>(rules()->rules().size(), plan_->groups().size(), interval);
    quarantined_ = Bits(rules()->rules().size());
  }
  CostMeter& meter() { return *meter_; }
  void quarantine(std::uint32_t rule) { quarantined_.set(rule); }

 private:
  const RuleGroup* group_of(const EventClass& event_class) {
    const auto [entry, added] = groups_.try_emplace(&event_class, nullptr);
    if (added) entry->second = plan_->group_of(event_class);
    return entry->second;
  }

  void interpret(const Event& event, std::vector<std::uint32_t>& matches) {
    interpreter_.match(event, matches);
    if (meter_ != nullptr)
      std::erase_if(matches, [this](std::uint32_t rule) { return quarantined_.has(rule); });
  }

  void evaluate_measured(bool timed, std::vector<std::uint32_t>& matches) {
    if (timed) meter_->start_laps();
    for (const std::uint32_t rule : candidates_) {
      if (quarantined_.has(rule)) continue;
      const NodeId root = root_of(rule);
      RuleCost& cost = meter_->candidate(rule);
      if (!is_known(root)) ++cost.evaluations;
      if (holds(root)) {
        ++cost.matches;
        matches.push_back(rule);
      }
      if (timed) meter_->lap(rule);
    }
    if (timed) meter_->finish();
  }

  NodeId root_of(std::uint32_t rule) const { return plan_->graph().roots()[rule]; }

  void begin(const RuleGroup& group, const Event& event) {
    if (++epoch_ == kEpochs) {
      std::fill(answers_.begin(), answers_.end(), 0);
      std::fill(seen_witness_.begin(), seen_witness_.end(), 0);
      std::fill(seen_rule_.begin(), seen_rule_.end(), 0);
      epoch_ = 1;
    }
    group_ = &group;
    view_.reset(event);
    candidates_.assign(group.always.begin(), group.always.end());
  }

  void find_candidates() {
    const auto hit = [this](WitnessId id) { show(id); };
    if (group_->keywords != nullptr && may_hold_keywords())
      group_->keywords->search(view_.fold_all(), scratch_, hit);
    for (const FieldIndex* index : group_->fields) {
      view_.any_value(index->field(), [&](std::uint32_t value) {
        if (index->is_searched(view_.value(value))) {
          find_witnesses(*index, value);
        } else {
          index->find(view_, value, scratch_, hit);
        }
        return false;
      });
    }
  }

  bool may_hold_keywords() {
    const RawFilter* const filter = group_->keywords->raw_filter();
    return filter == nullptr || filter->may_hold(view_.event(), scratch_);
  }

  void find_witnesses(const FieldIndex& index, std::uint32_t value) {
    const WitnessCache::Key key = WitnessCache::key(&index, view_.value(value).text);
    if (const auto known = cache_.find(key)) {
      for (const WitnessId id : *known) show(id);
      return;
    }
    found_.clear();
    const auto keep = [this](WitnessId id) {
      found_.push_back(id);
      show(id);
    };
    index.find(view_, value, scratch_, keep);
    cache_.store(key, found_);
  }

  void show(WitnessId id) {
    if (seen_witness_[id] == epoch_) return;
    seen_witness_[id] = epoch_;
    const WitnessUse& use = plan_->use_of(id);
    if (use.exact != kNoNode) answers_[use.exact] = answer(true);
    for (const std::uint32_t rule : plan_->rules_of(use)) {
      if (seen_rule_[rule] == epoch_ || !group_->members.has(rule)) continue;
      seen_rule_[rule] = epoch_;
      candidates_.push_back(rule);
    }
  }

  std::uint32_t answer(bool holds) const { return epoch_ << 1U | (holds ? 1U : 0U); }
  bool is_known(NodeId id) const { return answers_[id] >> 1U == epoch_; }

  bool holds(NodeId id) {
    if (is_known(id)) return (answers_[id] & 1U) != 0;
    const bool result = compute(id);
    answers_[id] = answer(result);
    return result;
  }

  bool compute(NodeId id) {
    const GraphNode& node = plan_->graph().node(id);
    if (node.kind == GraphNode::Kind::Predicate) {
      if (group_->decided.has(id)) return false;
      const Predicate& predicate = plan_->graph().predicate(node);
      return test_leaf(*predicate.test, predicate.keyword, predicate.field, view_);
    }
    const auto children = plan_->graph().children(node);
    switch (node.kind) {
      case GraphNode::Kind::Predicate: break;
      case GraphNode::Kind::And:
        return std::all_of(children.begin(), children.end(), [this](NodeId child) { return holds(child); });
      case GraphNode::Kind::Or:
        if (node.wide && std::any_of(children.begin(), children.end(),
                                     [this](NodeId child) { return answers_[child] == answer(true); }))
          return true;
        return std::any_of(children.begin(), children.end(), [this](NodeId child) { return holds(child); });
      case GraphNode::Kind::Not: return !holds(children.front());
    }
    return false;
  }

  std::shared_ptr<const Plan> plan_;
  EventView view_;
  ScanScratch scratch_;
  WitnessCache cache_;
  std::vector<WitnessId> found_;  // in one value
  std::unordered_map<const EventClass*, const RuleGroup*> groups_;
  const RuleGroup* group_ = nullptr;
  std::uint32_t epoch_ = 0;
  std::vector<std::uint32_t> answers_;       // by node; counts only with this epoch
  std::vector<std::uint32_t> seen_witness_;  // the epoch in which it showed last
  std::vector<std::uint32_t> seen_rule_;     // … in which it became a candidate last
  std::vector<std::uint32_t> candidates_;
  Interpreter interpreter_;           // for classes that the plan was not built for
  std::unique_ptr<CostMeter> meter_;  // null: nothing is counted, nothing quarantined
  Bits quarantined_;                  // by rule
};

Matcher::Matcher(std::shared_ptr<const Plan> plan) : impl_(std::make_unique<Impl>(std::move(plan))) {}
Matcher::~Matcher() = default;
Matcher::Matcher(Matcher&&) noexcept = default;
Matcher& Matcher::operator=(Matcher&&) noexcept = default;

void Matcher::match(const Event& event, std::vector<std::uint32_t>& matches) { impl_->match(event, matches); }
const std::shared_ptr<const RuleSet>& Matcher::rules() const { return impl_->rules(); }
void Matcher::measure(std::uint32_t interval) { impl_->measure(interval); }
const RuleCosts& Matcher::costs() const { return impl_->meter().costs(); }
void Matcher::clear_costs() { impl_->meter().clear(); }
void Matcher::quarantine(std::uint32_t rule) { impl_->quarantine(rule); }

}  // namespace countersign
