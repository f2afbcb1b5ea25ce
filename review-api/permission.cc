// SPDX-License-Identifier: Apache-2.0
#include "review-api/permission.h"

#include <algorithm>
#include <array>

namespace countersign {
namespace {

constexpr std::uint32_t bit(Role role) { return 1U << static_cast<unsigned>(role); }

constexpr std::uint32_t kAnalyst = bit(Role::Analyst);
constexpr std::uint32_t kLead = bit(Role::Lead);
constexpr std::uint32_t kManager = bit(Role::Manager);
constexpr std::uint32_t kAuditor = bit(Role::Auditor);
constexpr std::uint32_t kOperator = bit(Role::Operator);
constexpr std::uint32_t kRuleAuthor = bit(Role::RuleAuthor);
constexpr std::uint32_t kNobody = 0;
constexpr std::uint32_t kAll = kAnalyst | kLead | kManager | kAuditor | kOperator | kRuleAuthor;

struct Row {
  Permission permission;
  std::string_view name;
  std::uint32_t roles;
  std::string_view scope;  // of tokens; empty: no token may
};

// Tokens: any scope may see who it is; what changes more than notes is for people only (contract.md §5).
constexpr std::array kRows{
    Row{Permission::Public, "public", kAll, "read"},
    Row{Permission::SignedIn, "signed_in", kAll, "read"},
    Row{Permission::ReadAlerts, "read_alerts", kAll, "read"},
    Row{Permission::ReadEvents, "read_events", kAnalyst | kLead | kManager | kAuditor | kRuleAuthor, "read"},
    Row{Permission::ReadBooks, "read_books", kAll, "read"},
    Row{Permission::ReadDeadLetters, "read_dead_letters",
        kAnalyst | kLead | kAuditor | kOperator | kRuleAuthor, "read"},
    Row{Permission::ReplayDeadLetters, "replay_dead_letters", kLead | kOperator | kRuleAuthor, ""},
    Row{Permission::ReadRules, "read_rules", kAll, "read"},
    Row{Permission::ReloadRules, "reload_rules", kOperator | kRuleAuthor, ""},
    Row{Permission::ReadPeople, "read_people", kAnalyst | kLead | kManager | kAuditor | kOperator, ""},
    Row{Permission::ReadLogEntries, "read_log_entries", kAuditor, ""},
    Row{Permission::Note, "note", kAnalyst | kLead | kManager, "note"},
    Row{Permission::CreateAlert, "create_alert", kAnalyst | kLead, ""},
    Row{Permission::Review, "review", kAnalyst | kLead, ""},
    Row{Permission::Assign, "assign", kLead | kManager, ""},
    Row{Permission::ManagePeople, "manage_people", kOperator, ""},
    Row{Permission::ManageTokens, "manage_tokens", kOperator, ""},
    Row{Permission::SendEvents, "send_events", kNobody, "send"},
};

constexpr std::array<Permission, kRows.size()> kPermissions = [] {
  std::array<Permission, kRows.size()> out{};
  for (std::size_t i = 0; i < kRows.size(); ++i) out[i] = kRows[i].permission;
  return out;
}();

// The table is read by position.
static_assert([] {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (kRows[i].permission != static_cast<Permission>(i)) return false;
  }
  return kRows.back().permission == Permission::SendEvents;
}());

const Row& row_of(Permission permission) { return kRows[static_cast<std::size_t>(permission)]; }

}  // namespace

std::string_view to_string(Permission permission) { return row_of(permission).name; }
std::span<const Permission> all_permissions() { return kPermissions; }

std::optional<Role> permitting_role(const std::vector<Role>& roles, Permission permission) {
  const std::uint32_t allowed = row_of(permission).roles;
  const auto found =
      std::find_if(roles.begin(), roles.end(), [&](Role role) { return (allowed & bit(role)) != 0; });
  if (found == roles.end()) return std::nullopt;
  return *found;
}

bool scopes_permit(const std::vector<std::string>& scopes, Permission permission) {
  const std::string_view needed = row_of(permission).scope;
  if (needed.empty()) return false;
  if (permission == Permission::SignedIn) return true;
  return std::find(scopes.begin(), scopes.end(), needed) != scopes.end();
}

}  // namespace countersign
