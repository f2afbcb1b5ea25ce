// SPDX-License-Identifier: Apache-2.0
#include "rules/interpreter.h"

#include <unordered_map>

#include "rules/compiled_rule.h"
#include "rules/evaluate.h"
#include "rules/event_view.h"

namespace countersign {

struct Interpreter::State {
  explicit State(std::shared_ptr<const RuleSet> set)
      : rules(std::move(set)), view(rules->compiled().fields) {}

  /// The rules whose log source covers one of the class's; made once per class.
  const std::vector<std::uint32_t>& candidates_of(const EventClass& event_class) {
    const auto [entry, added] = candidates.try_emplace(&event_class);
    if (!added) return entry->second;
    const std::vector<RuleInfo>& infos = rules->rules();
    for (std::uint32_t i = 0; i < infos.size(); ++i) {
      if (covers(infos[i].log_source, event_class)) entry->second.push_back(i);
    }
    return entry->second;
  }

  std::shared_ptr<const RuleSet> rules;
  EventView view;
  std::unordered_map<const EventClass*, std::vector<std::uint32_t>> candidates;
};

Interpreter::Interpreter(std::shared_ptr<const RuleSet> rules)
    : state_(std::make_unique<State>(std::move(rules))) {}
Interpreter::~Interpreter() = default;
Interpreter::Interpreter(Interpreter&&) noexcept = default;
Interpreter& Interpreter::operator=(Interpreter&&) noexcept = default;

void Interpreter::match(const Event& event, std::vector<std::uint32_t>& matches) {
  matches.clear();
  if (event.event_class() == nullptr) return;
  const std::vector<std::uint32_t>& candidates = state_->candidates_of(*event.event_class());
  if (candidates.empty()) return;
  state_->view.reset(event);
  for (const std::uint32_t index : candidates)
    if (evaluate(state_->rules->compiled().rules[index], state_->view)) matches.push_back(index);
}

const std::shared_ptr<const RuleSet>& Interpreter::rules() const { return state_->rules; }

}  // namespace countersign
