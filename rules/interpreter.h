// SPDX-License-Identifier: Apache-2.0
// Event → the rules that match it, read as their authors wrote them, one after the other: the reference that
// the plan (rules/matcher.h) must agree with. Candidates come from the log source. One Interpreter per
// thread; the RuleSet is shared. An event is only read during match(). REQUIRES: every EventClass that events
// name outlives the Interpreter and never changes, because tables are kept by its address.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/event.h"
#include "rules/rule_set.h"

namespace countersign {

class Interpreter {
 public:
  explicit Interpreter(std::shared_ptr<const RuleSet> rules);
  ~Interpreter();
  Interpreter(Interpreter&&) noexcept;
  Interpreter& operator=(Interpreter&&) noexcept;

  /// Clears `matches`, then fills it with ascending indices into rules().
  void match(const Event& event, std::vector<std::uint32_t>& matches);
  const std::shared_ptr<const RuleSet>& rules() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace countersign
