// SPDX-License-Identifier: Apache-2.0
// Persons, sessions and API tokens as the store keeps them. Secrets are only stored as hashes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"
#include "core/time.h"

namespace countersign {

/// Roles of evidence.md §5.4. `Auditor` excludes all others; `Operator` excludes analyst, lead and rule
/// author.
enum class Role : std::uint8_t { Analyst = 1, Lead, Manager, Auditor, Operator, RuleAuthor };
std::string_view to_string(Role role);
std::optional<Role> parse_role(std::string_view text);

struct Person {
  PersonId id;
  std::string login;
  std::string display_name;
  std::vector<Role> roles;    // sorted, without duplicates, not empty
  std::string password_hash;  // argon2id string of libsodium; empty: cannot sign in by password
  bool disabled = false;
  Timestamp created{};
};

struct Session {
  std::string hash;  // hex SHA-256 of the secret
  PersonId person;
  std::string auth_method;
  std::string channel;  // console, cli
  Timestamp created{};
  Timestamp expires{};
};

struct ApiToken {
  std::string id;  // public part, shown in lists and entries
  std::string name;
  std::string hash;                 // hex SHA-256 of the secret
  std::vector<std::string> scopes;  // read, note, send
  Timestamp created{};
  Timestamp expires{};  // at most a year after `created`
  std::optional<Timestamp> last_used;
  bool revoked = false;
};

}  // namespace countersign
