// SPDX-License-Identifier: Apache-2.0
// The review policy in force: when an alert is due, what a decision needs, who must countersign. State of the
// store, recorded in the log by the hash of its text (`policy.changed`). Plain value; pure functions.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>

#include "core/report.h"

namespace countersign {

struct Policy {
  std::string version = "builtin-1";

  /// From opening to the first human decision that stands, by Level (informational first). Chosen from what
  /// the larger products ship; an organisation sets its own with its first policy version.
  std::array<std::chrono::minutes, 5> review_target{std::chrono::hours{7 * 24}, std::chrono::hours{3 * 24},
                                                    std::chrono::hours{8}, std::chrono::hours{1},
                                                    std::chrono::minutes{15}};

  /// After a closure, matches that the store takes in within this time of its own clock count on the closed
  /// alert (`since_decision`). The store's clock and not the event's: otherwise old events that arrive late
  /// could be hidden under a closure for ever.
  std::chrono::minutes quiet_period{std::chrono::hours{24}};

  std::chrono::minutes lease{std::chrono::hours{8}};
  std::chrono::minutes undo_window{10};

  Level rationale_from = Level::High;     // decisions on alerts of this severity and above need a text
  std::optional<Level> countersign_from;  // closures of this severity and above need a second person
  std::chrono::minutes countersign_target{std::chrono::hours{24}};  // clock of awaiting_countersign

  bool operator==(const Policy&) const = default;
};

std::chrono::minutes review_target(const Policy& policy, Level severity);

/// One JSON object, equal for equal policies; what the log's hash is over.
std::string policy_text(const Policy& policy);

}  // namespace countersign
