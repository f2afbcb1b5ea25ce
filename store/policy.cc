// SPDX-License-Identifier: Apache-2.0
#include "store/policy.h"

#include <fmt/format.h>

#include "core/json_text.h"

namespace countersign {
namespace {

constexpr std::array kLevels{Level::Informational, Level::Low, Level::Medium, Level::High, Level::Critical};

}  // namespace

std::chrono::minutes review_target(const Policy& policy, Level severity) {
  return policy.review_target[static_cast<std::size_t>(severity) - 1];
}

std::string policy_text(const Policy& policy) {
  std::string targets;
  for (const Level level : kLevels) {
    targets += fmt::format("{}\"{}\":{}", targets.empty() ? "" : ",", to_string(level),
                           review_target(policy, level).count());
  }
  const std::string countersign =
      policy.countersign_from ? fmt::format("\"{}\"", to_string(*policy.countersign_from)) : "null";
  std::string out =
      fmt::format(R"({{"version":{},"review_target_minutes":{{{}}})", json_string(policy.version), targets);
  out += fmt::format(R"(,"quiet_period_minutes":{},"lease_minutes":{},"undo_window_minutes":{})",
                     policy.quiet_period.count(), policy.lease.count(), policy.undo_window.count());
  out += fmt::format(R"(,"rationale_from":"{}","countersign_from":{},"countersign_target_minutes":{}}})",
                     to_string(policy.rationale_from), countersign, policy.countersign_target.count());
  return out;
}

}  // namespace countersign
