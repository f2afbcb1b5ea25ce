// SPDX-License-Identifier: Apache-2.0
#include "core/report.h"

namespace countersign {

std::string_view to_string(Level level) {
  switch (level) {
    case Level::Informational: return "informational";
    case Level::Low: return "low";
    case Level::Medium: return "medium";
    case Level::High: return "high";
    case Level::Critical: return "critical";
  }
  return "medium";
}

std::optional<Level> parse_level(std::string_view text) {
  for (const Level level : {Level::Informational, Level::Low, Level::Medium, Level::High, Level::Critical}) {
    if (to_string(level) == text) return level;
  }
  return std::nullopt;
}

std::string_view to_string(GapCause cause) {
  switch (cause) {
    case GapCause::NotDelivered: return "not_delivered";
    case GapCause::Retention: return "retention";
    case GapCause::Recreated: return "recreated";
    case GapCause::Truncated: return "truncated";
    case GapCause::SkippedByOperator: return "skipped_by_operator";
  }
  return "not_delivered";
}

void add_claim(std::vector<VendorClaim>& claims, VendorClaim claim) {
  if (claim.status.empty() || (!claims.empty() && claims.back().status == claim.status)) return;
  if (claims.size() == kVendorClaimsMax) claims.pop_back();
  claims.push_back(std::move(claim));
}

}  // namespace countersign
