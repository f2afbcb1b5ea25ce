// SPDX-License-Identifier: Apache-2.0
// Who may do what: the one table from roles and token scopes to permissions (docs/api.md, "Who may do what").
// Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "store/people.h"

namespace countersign {

enum class Permission : std::uint8_t {
  Public,    // anybody, without signing in
  SignedIn,  // any person or token
  ReadAlerts,
  ReadEvents,  // the events behind an alert
  ReadBooks,   // ledger
  ReadDeadLetters,
  ReplayDeadLetters,
  ReadRules,
  ReloadRules,
  ReadPeople,
  ReadLogEntries,  // entries of the evidence log
  Note,
  CreateAlert,
  Review,  // take, release, hold, resume, decide, close, reopen
  Assign,
  ManagePeople,
  ManageTokens,
  SendEvents,  // tokens only
};

std::string_view to_string(Permission permission);
std::span<const Permission> all_permissions();

/// The first of `roles` that permits; this role is recorded with the action.
std::optional<Role> permitting_role(const std::vector<Role>& roles, Permission permission);
/// Whether a token with these scopes may.
bool scopes_permit(const std::vector<std::string>& scopes, Permission permission);

}  // namespace countersign
