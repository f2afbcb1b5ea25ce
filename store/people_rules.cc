// SPDX-License-Identifier: Apache-2.0
#include "store/people_rules.h"

#include <algorithm>

namespace countersign {
namespace {

constexpr std::size_t kLoginBytesMax = 128;
constexpr std::size_t kNameBytesMax = 256;
constexpr std::size_t kIdCharacters = 26;
constexpr std::chrono::hours kTokenLifeMax{366 * 24};
constexpr std::string_view kBase32 = "abcdefghijklmnopqrstuvwxyz234567";

Result<void> outcome(std::string_view what, std::vector<FieldError> errors) {
  if (errors.empty()) return {};
  std::string message = std::string(what) + ": " + errors.front().message;
  return failure(Error{ErrorKind::InvalidArgument, std::move(message), std::move(errors)});
}

bool has_blank_or_control(std::string_view text) {
  return std::ranges::any_of(text,
                             [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7F'; });
}

bool has(const Person& person, Role role) { return std::ranges::binary_search(person.roles, role); }

}  // namespace

Result<void> check_person(const Person& person) {
  std::vector<FieldError> errors;
  if (person.login.empty() || person.login.size() > kLoginBytesMax || has_blank_or_control(person.login)) {
    errors.push_back({"login", "invalid", "a login has 1 to 128 bytes and no blanks"});
  }
  if (person.display_name.size() > kNameBytesMax) {
    errors.push_back({"display_name", "too_long", "a display name has at most 256 bytes"});
  }
  if (person.roles.empty()) errors.push_back({"roles", "required", "a person has a role"});
  if (!std::ranges::is_sorted(person.roles) ||
      std::ranges::adjacent_find(person.roles) != person.roles.end()) {
    errors.push_back({"roles", "invalid", "roles are sorted and stand once"});
  }
  if (has(person, Role::Auditor) && person.roles.size() > 1) {
    errors.push_back({"roles", "conflict", "auditor excludes all other roles"});
  }
  if (has(person, Role::Operator) &&
      (has(person, Role::Analyst) || has(person, Role::Lead) || has(person, Role::RuleAuthor))) {
    errors.push_back({"roles", "conflict", "operator excludes analyst, lead and rule_author"});
  }
  return outcome("person", std::move(errors));
}

Result<void> check_token(const ApiToken& token) {
  std::vector<FieldError> errors;
  if (token.id.empty()) errors.push_back({"id", "required", "a token has an id"});
  if (token.hash.empty()) errors.push_back({"hash", "required", "a token has the hash of its secret"});
  if (token.name.empty() || token.name.size() > kNameBytesMax) {
    errors.push_back({"name", "invalid", "a token name has 1 to 256 bytes"});
  }
  for (const std::string& scope : token.scopes) {
    if (scope != "read" && scope != "note" && scope != "send") {
      errors.push_back({"scopes", "invalid", "a token may read, note and send events, nothing else"});
    }
  }
  if (token.expires <= token.created || token.expires - token.created > kTokenLifeMax) {
    errors.push_back({"expires", "invalid", "a token expires within a year of its creation"});
  }
  return outcome("token", std::move(errors));
}

PersonId new_person_id(RandomSource& random) {
  std::string id = "p-";
  for (const std::uint8_t byte : random.bytes<kIdCharacters>()) id += kBase32[byte % kBase32.size()];
  return PersonId{id};
}

}  // namespace countersign
