// SPDX-License-Identifier: Apache-2.0
// Event → the rules that match it. This is the plain interpreter: it reads each candidate rule as the author
// wrote it. Candidates come from the log source. One Matcher per thread; the RuleSet is shared. An event is
// only read during match(). REQUIRES: every EventClass that events name outlives the Matcher and never
// changes, because tables are kept by its address.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/event.h"
#include "rules/rule_set.h"

namespace countersign {

class Matcher {
 public:
  explicit Matcher(std::shared_ptr<const RuleSet> rules);
  ~Matcher();
  Matcher(Matcher&&) noexcept;
  Matcher& operator=(Matcher&&) noexcept;

  /// Clears `matches`, then fills it with ascending indices into rules().
  void match(const Event& event, std::vector<std::uint32_t>& matches);
  const std::shared_ptr<const RuleSet>& rules() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace countersign
