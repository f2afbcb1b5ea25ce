// SPDX-License-Identifier: Apache-2.0
// Persons, sessions, tokens, and sign-ins that failed.
#include <algorithm>

#include <fmt/format.h>

#include "core/case_fold.h"
#include "store/draft.h"
#include "store/people_rules.h"

namespace countersign {
namespace {

std::string login_key(const Draft& draft, const std::string& login) {
  return key::login(draft.hash_of(case_fold(login)));
}

tl::unexpected<Error> wrong_field(ErrorKind kind, std::string field, std::string code, std::string message) {
  Error error{kind, message, {}};
  error.fields.push_back({std::move(field), std::move(code), std::move(message)});
  return failure(std::move(error));
}

void put_person(Draft& draft, const PersonRecord& record) {
  PersonRecord stored = record;
  stored.person.login.clear();
  stored.person.display_name.clear();
  draft.put_row(RowChange::Where::Admin, key::person(record.person.id), encode(stored));
  draft.seal(key::person_payload(record.person.id), JsonObject()
                                                        .text("login", record.person.login)
                                                        .text("display_name", record.person.display_name)
                                                        .json());
}

Result<void> add_user_entry(Draft& draft, const Person& person, std::string_view change,
                            const ActorContext& context) {
  if (auto ok = check_context(context); !ok) return ok;
  JsonObject entry = draft.begin_entry("user.changed", context);
  JsonArray roles;
  for (const Role role : person.roles) roles.text(to_string(role));
  entry.text("change", change).text("user", person.id.value).array("roles", roles);
  entry.boolean("disabled", person.disabled);
  entry.text(
      "commit",
      draft.commit(JsonObject().text("login", person.login).text("display_name", person.display_name)));
  auto seq = draft.add_entry(entry, "user.changed");
  if (!seq) return failure(seq.error());
  return {};
}

Result<void> add_token_entry(Draft& draft, const ApiToken& token, std::string_view change,
                             const ActorContext& context) {
  if (auto ok = check_context(context); !ok) return ok;
  JsonObject entry = draft.begin_entry("user.changed", context);
  JsonArray scopes;
  for (const std::string& scope : token.scopes) scopes.text(scope);
  entry.text("change", change).text("token", token.id).array("scopes", scopes);
  entry.time("expires", token.expires);
  entry.text("commit", draft.commit(JsonObject().text("name", token.name)));
  auto seq = draft.add_entry(entry, "user.changed");
  if (!seq) return failure(seq.error());
  return {};
}

/// Nobody else signs in by this name.
Result<void> check_login_free(const Draft& draft, const Person& person) {
  auto holder = draft.view().person_by_login(draft.hash_of(case_fold(person.login)));
  if (!holder) return failure(holder.error());
  if (!*holder || **holder == person.id) return {};
  return wrong_field(ErrorKind::Conflict, "login", "taken", "a person with this login exists");
}

}  // namespace

Result<void> record_person(Draft& draft, Person& person, const ActorContext& context) {
  if (auto ok = check_person(person); !ok) return ok;
  if (person.id.empty()) person.id = new_person_id(draft.random());
  person.created = draft.time();
  if (auto ok = check_login_free(draft, person); !ok) return ok;
  put_person(draft, {person, {}});
  draft.put_row(RowChange::Where::Admin, login_key(draft, person.login), person.id.value);
  return add_user_entry(draft, person, "person_added", context);
}

Result<void> record_token(Draft& draft, const ApiToken& token, const ActorContext& context) {
  if (auto ok = check_token(token); !ok) return ok;
  auto known = draft.view().token(token.id);
  if (!known) return failure(known.error());
  auto used = draft.view().has_token_hash(token.hash);
  if (!used) return failure(used.error());
  if (*known || *used) {
    return failure(ErrorKind::Conflict, fmt::format("token {} exists, or its secret does", token.id));
  }
  draft.put_row(RowChange::Where::Admin, key::token(token.id), encode(token));
  draft.put_row(RowChange::Where::Admin, key::token_hash(token.hash), token.id);
  return add_token_entry(draft, token, "token_created", context);
}

Result<Decided> decide(const View& view, const Stamp& stamp, const AddPersonCommand& command) {
  auto draft = Draft::begin(view, stamp);
  if (!draft) return failure(draft.error());
  Person person = command.person;
  person.id = {};  // made here
  if (auto ok = record_person(*draft, person, command.context); !ok) return failure(ok.error());
  Decided out = std::move(*draft).finish();
  out.person = std::move(person);
  return out;
}

Result<Decided> decide(const View& view, const Stamp& stamp, const UpdatePersonCommand& command) {
  const Person& person = command.person;
  if (auto ok = check_person(person); !ok) return failure(ok.error());
  auto draft = Draft::begin(view, stamp);
  if (!draft) return failure(draft.error());
  auto known = view.person(person.id);
  if (!known) return failure(known.error());
  if (!*known) return failure(ErrorKind::NotFound, fmt::format("no person {}", person.id.value));
  if (auto ok = check_login_free(*draft, person); !ok) return failure(ok.error());

  PersonRecord record = **known;
  const Timestamp created = record.person.created;
  record.person = person;
  record.person.created = created;
  if (person.disabled) record.sessions_from = draft->time();
  if (!command.login_before.empty() && case_fold(command.login_before) != case_fold(person.login)) {
    draft->remove_row(RowChange::Where::Admin, login_key(*draft, command.login_before));
    draft->put_row(RowChange::Where::Admin, login_key(*draft, person.login), person.id.value);
  }
  put_person(*draft, record);
  if (auto ok = add_user_entry(*draft, record.person, "person_changed", command.context); !ok) {
    return failure(ok.error());
  }
  return std::move(*draft).finish();
}

Result<Decided> decide(const View& view, const Stamp& stamp, const AddSessionCommand& command) {
  const Session& session = command.session;
  if (session.hash.empty()) return failure(ErrorKind::InvalidArgument, "a session has a hash");
  auto draft = Draft::begin(view, stamp);
  if (!draft) return failure(draft.error());
  auto person = view.person(session.person);
  if (!person) return failure(person.error());
  if (!*person || (*person)->person.disabled) {
    return failure(ErrorKind::Denied, fmt::format("no person {}, or disabled", session.person.value));
  }
  // The store's time, like the time that revocations are compared with: it never goes back.
  Session stored = session;
  stored.created = draft->time();
  draft->put_row(RowChange::Where::Admin, key::session(session.hash), encode(stored));
  draft->put_row(RowChange::Where::Due, key::due(session.expires, DueKind::Session, session.hash), "");
  return std::move(*draft).finish();
}

Result<Decided> decide(const View& view, const Stamp& stamp, const RevokeSessionCommand& command) {
  auto draft = Draft::begin(view, stamp);
  if (!draft) return failure(draft.error());
  draft->remove_row(RowChange::Where::Admin, key::session(command.hash));
  return std::move(*draft).finish();
}

Result<Decided> decide(const View& view, const Stamp& stamp, const RevokeSessionsCommand& command) {
  auto draft = Draft::begin(view, stamp);
  if (!draft) return failure(draft.error());
  auto known = view.person(command.person);
  if (!known) return failure(known.error());
  if (!*known) return failure(ErrorKind::NotFound, fmt::format("no person {}", command.person.value));
  PersonRecord record = **known;
  record.sessions_from = draft->time();
  draft->put_row(RowChange::Where::Admin, key::person(command.person), encode(record));
  return std::move(*draft).finish();
}

Result<Decided> decide(const View& view, const Stamp& stamp, const AddTokenCommand& command) {
  auto draft = Draft::begin(view, stamp);
  if (!draft) return failure(draft.error());
  if (auto ok = record_token(*draft, command.token, command.context); !ok) return failure(ok.error());
  return std::move(*draft).finish();
}

Result<Decided> decide(const View& view, const Stamp& stamp, const RevokeTokenCommand& command) {
  auto draft = Draft::begin(view, stamp);
  if (!draft) return failure(draft.error());
  auto token = view.token(command.id);
  if (!token) return failure(token.error());
  if (!*token) return failure(ErrorKind::NotFound, fmt::format("no token {}", command.id));
  if ((*token)->revoked) return Decided{};
  (*token)->revoked = true;
  draft->put_row(RowChange::Where::Admin, key::token(command.id), encode(**token));
  if (auto ok = add_token_entry(*draft, **token, "token_revoked", command.context); !ok) {
    return failure(ok.error());
  }
  return std::move(*draft).finish();
}

Result<Decided> decide(const View& view, const Stamp& stamp, const AuthFailureCommand& command) {
  auto draft = Draft::begin(view, stamp);
  if (!draft) return failure(draft.error());
  JsonObject entry = draft->begin_entry("auth.failed", own_context());
  entry.text("reason", command.reason).text("request", command.request);
  entry.text("commit", draft->commit(JsonObject().text("login", command.login)));
  if (auto seq = draft->add_entry(entry, "auth.failed"); !seq) return failure(seq.error());
  return std::move(*draft).finish();
}

}  // namespace countersign
