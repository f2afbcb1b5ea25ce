// SPDX-License-Identifier: Apache-2.0
// Event → the rules that match it, by a compiled plan. One Matcher per thread; the plan is shared. An event
// is only read during match(). REQUIRES: every EventClass that events name outlives the Matcher and never
// changes, because tables are kept by its address.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/event.h"
#include "rules/plan/plan.h"

namespace countersign {

class Matcher {
 public:
  explicit Matcher(std::shared_ptr<const Plan> plan);
  ~Matcher();
  Matcher(Matcher&&) noexcept;
  Matcher& operator=(Matcher&&) noexcept;

  /// Clears `matches`, then fills it with ascending indices into rules(). A warm matcher allocates nothing.
  void match(const Event& event, std::vector<std::uint32_t>& matches);
  const std::shared_ptr<const RuleSet>& rules() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace countersign
