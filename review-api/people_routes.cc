// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <boost/json.hpp>

#include "review-api/handlers.h"
#include "review-api/json_body.h"
#include "review-api/page.h"
#include "review-api/person_json.h"
#include "review-api/secrets.h"
#include "review-api/utf8.h"

namespace countersign {
namespace {

namespace json = boost::json;

constexpr std::size_t kTokenNameBytesMax = 128;
constexpr std::chrono::hours kTokenLifetimeMax{24 * 365};

std::vector<Role> read_roles(JsonBody& body) {
  std::vector<Role> roles;
  const auto names = body.texts("roles", 6, {32, false});
  if (!names) return roles;
  for (std::size_t i = 0; i < names->size(); ++i) {
    const auto role = parse_role((*names)[i]);
    if (role)
      roles.push_back(*role);
    else
      body.wrong("roles[" + std::to_string(i) + ']', "unknown_value",
                 "One of analyst, lead, manager, auditor, operator, rule_author.");
  }
  std::sort(roles.begin(), roles.end());
  roles.erase(std::unique(roles.begin(), roles.end()), roles.end());
  if (roles.empty()) body.wrong("roles", "required", "A person has at least one role.");
  return roles;
}

bool is_login(std::string_view login) {
  return std::all_of(login.begin(), login.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' || c == '@';
  });
}

/// Hashing is why these handlers run in a pool.
std::string read_new_password(const Services& services, JsonBody& body) {
  const auto password = body.secret("password", kPasswordBytesMax);
  if (!password) return {};
  auto hash = hash_password(*password, services.options.password_cost);
  if (hash) return std::move(*hash);
  for (const FieldError& error : hash.error().fields) body.wrong(error.field, error.code, error.message);
  if (hash.error().fields.empty()) body.wrong("password", "unavailable", hash.error().message);
  return {};
}

/// A page of a list that the store gives whole, sorted by id; `position` is the last id of the page before.
template <class Item, class IdOf, class ToJson>
Reply list_page(const Services& services, const Call& call, std::string_view question, std::vector<Item> all,
                IdOf id_of, ToJson item_to_json) {
  const auto page = read_page(services, call, question);
  if (!page) return refusal(page.error());
  std::sort(all.begin(), all.end(), [&](const Item& a, const Item& b) { return id_of(a) < id_of(b); });
  const auto start =
      std::find_if(all.begin(), all.end(), [&](const Item& item) { return page->position < id_of(item); });
  json::array items;
  auto item = page->position.empty() ? all.begin() : start;
  for (; item != all.end() && items.size() < page->limit; ++item) items.push_back(item_to_json(*item));
  const std::string next = item == all.end() ? std::string{} : id_of(*(item - 1));
  return page_response(services, call, question, std::move(items), next);
}

}  // namespace

json::object person_to_json(const Person& person) {
  json::array roles;
  for (const Role role : person.roles) roles.emplace_back(to_string(role));
  return {
      {"id", person.id.value},
      {"login", valid_utf8(person.login)},
      {"name", valid_utf8(person.display_name)},
      {"roles", std::move(roles)},
      {"disabled", person.disabled},
      {"created_at", format_rfc3339_millis(person.created)},
  };
}

json::object token_to_json(const ApiToken& token) {
  json::array scopes;
  for (const std::string& scope : token.scopes) scopes.emplace_back(scope);
  return {
      {"id", token.id},
      {"name", valid_utf8(token.name)},
      {"scopes", std::move(scopes)},
      {"created_at", format_rfc3339_millis(token.created)},
      {"expires_at", format_rfc3339_millis(token.expires)},
      {"last_used_at",
       token.last_used ? json::value(format_rfc3339_millis(*token.last_used)) : json::value(nullptr)},
      {"revoked", token.revoked},
  };
}

Reply list_users(const Services& services, const Call& call) {
  return list_page(
      services, call, "users", services.store.persons(), [](const Person& person) { return person.id.value; },
      person_to_json);
}

Reply add_user(const Services& services, const Call& call) {
  auto body = JsonBody::parse(call.request.body);
  if (!body) return refusal(body.error());
  Person person;
  person.login = body->required_text("login", {kLoginBytesMax, false});
  if (!is_login(person.login))
    body->wrong("login", "bad_character", "A login has small letters, digits and . _ - @ only.");
  person.display_name = body->required_text("name", {kDisplayNameBytesMax, false});
  if (!body->has("roles")) body->wrong("roles", "required", "A person has at least one role.");
  person.roles = read_roles(*body);
  person.password_hash = read_new_password(services, *body);
  if (const auto read = body->finish(); !read) return refusal(read.error());
  const auto added = services.store.add_person(std::move(person), call.context());
  if (!added) return refusal(services, call, added.error());
  return json_response(201, person_to_json(*added)).with("Location", "/api/v1/users/" + added->id.value);
}

Reply change_user(const Services& services, const Call& call) {
  auto person = services.store.person(PersonId{call.parameter("id")});
  if (!person) return refusal(services, call, person.error());
  auto body = JsonBody::parse(call.request.body);
  if (!body) return refusal(body.error());
  const bool self = call.caller.person.id == person->id;
  if (auto name = body->text("name", {kDisplayNameBytesMax, false})) person->display_name = std::move(*name);
  bool ends_sessions = false;
  if (body->has("roles")) {
    person->roles = read_roles(*body);
    // Nobody gains a right by his own hand.
    if (self) body->wrong("roles", "own_account", "Another operator must change your roles.");
    ends_sessions = true;
  }
  if (const auto disabled = body->flag("disabled")) {
    if (self && *disabled) body->wrong("disabled", "own_account", "Another operator must disable you.");
    person->disabled = *disabled;
    ends_sessions = ends_sessions || *disabled;
  }
  if (body->has("password")) {
    person->password_hash = read_new_password(services, *body);
    ends_sessions = true;
  }
  if (const auto read = body->finish(); !read) return refusal(read.error());
  if (const auto done = services.store.update_person(*person, call.context()); !done)
    return refusal(services, call, done.error());
  if (ends_sessions) {
    if (const auto done = services.store.revoke_sessions_of(person->id); !done)
      return refusal(services, call, done.error());
  }
  return json_response(200, person_to_json(*person));
}

Reply list_tokens(const Services& services, const Call& call) {
  return list_page(
      services, call, "tokens", services.store.tokens(), [](const ApiToken& token) { return token.id; },
      token_to_json);
}

Reply add_token(const Services& services, const Call& call) {
  auto body = JsonBody::parse(call.request.body);
  if (!body) return refusal(body.error());
  ApiToken token;
  token.name = body->required_text("name", {kTokenNameBytesMax, false});
  const auto scopes = body->texts("scopes", 3, {16, false});
  if (!scopes || scopes->empty()) body->wrong("scopes", "required", "One or more of `read`, `note`, `send`.");
  for (const std::string& scope : scopes.value_or(std::vector<std::string>{})) {
    if (scope != "read" && scope != "note" && scope != "send")
      body->wrong("scopes", "unknown_value", "One or more of `read`, `note`, `send`.");
    token.scopes.push_back(scope);
  }
  std::sort(token.scopes.begin(), token.scopes.end());
  token.scopes.erase(std::unique(token.scopes.begin(), token.scopes.end()), token.scopes.end());
  token.created = services.clock.now();
  const std::string end = body->required_text("expires_at");
  const auto expires = parse_rfc3339(end);
  const bool bounded = expires && *expires > token.created && *expires <= token.created + kTokenLifetimeMax;
  if (!end.empty() && !bounded)
    body->wrong("expires_at", "out_of_bounds", "A time from now on, at most 365 days ahead.");
  token.expires = expires.value_or(Timestamp{});
  if (const auto read = body->finish(); !read) return refusal(read.error());
  const NewSecret secret = make_api_token(services.random);
  token.id = make_token_id(services.random);
  token.hash = secret.hash;
  if (const auto added = services.store.add_token(token, call.context()); !added)
    return refusal(services, call, added.error());
  json::object out = token_to_json(token);
  out["token"] = secret.text;
  return json_response(201, out);
}

Reply revoke_token(const Services& services, const Call& call) {
  if (const auto revoked = services.store.revoke_token(call.parameter("id"), call.context()); !revoked)
    return refusal(services, call, revoked.error());
  return HttpResponse{204, "", "", {}};
}

}  // namespace countersign
