// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "core/case_fold.h"
#include "store/evidence/strict_json.h"
#include "store/payload.h"
#include "store/reader.h"

namespace countersign {
namespace {

std::string member_of(const JsonValue& object, std::string_view name) {
  const JsonValue* member = object.find(name);
  return member == nullptr || member->text() == nullptr ? std::string() : *member->text();
}

}  // namespace

Result<Person> Reader::person_of(const Snapshot& snapshot, PersonRecord record) const {
  auto plain = payload(snapshot, key::person_payload(record.person.id));
  if (!plain) return failure(plain.error());
  if (!*plain) return std::move(record.person);  // erased: the id stays
  auto names = parse_strict_json(**plain);
  if (!names) return failure(ErrorKind::Corrupt, "names of a person: " + names.error().message);
  record.person.login = member_of(*names, "login");
  record.person.display_name = member_of(*names, "display_name");
  return std::move(record.person);
}

Result<Person> Reader::person(const PersonId& id) const {
  const Snapshot snapshot = db_.snapshot();
  auto record = find<PersonRecord>(snapshot, Family::Admin, key::person(id));
  if (!record) return failure(record.error());
  if (!*record) return failure(ErrorKind::NotFound, fmt::format("no person {}", id.value));
  return person_of(snapshot, std::move(**record));
}

Result<Person> Reader::person_by_login(const std::string& login) const {
  auto known = identity();
  if (!known) return failure(known.error());
  if (!*known) return failure(ErrorKind::NotFound, "the log was never opened");
  auto id = db_.get(Family::Admin, key::login(keyed_hash((*known)->store_key, case_fold(login))));
  if (!id) return failure(id.error());
  if (!*id) return failure(ErrorKind::NotFound, "no person with this login");
  return person(PersonId{**id});
}

Result<std::vector<Person>> Reader::persons() const {
  std::vector<Person> out;
  const Snapshot snapshot = db_.snapshot();
  Cursor rows = db_.cursor(&snapshot, Family::Admin, "p", "q");
  for (rows.seek_first(); rows.valid(); rows.next()) {
    auto record = decode<PersonRecord>(rows.value());
    if (!record) return failure(record.error());
    auto person = person_of(snapshot, std::move(*record));
    if (!person) return failure(person.error());
    out.push_back(std::move(*person));
  }
  if (auto ok = rows.status(); !ok) return failure(ok.error());
  return out;
}

Result<Session> Reader::session(const std::string& hash) const {
  const Snapshot snapshot = db_.snapshot();
  auto session = find<Session>(snapshot, Family::Admin, key::session(hash));
  if (!session) return failure(session.error());
  const auto none = failure(ErrorKind::NotFound, "no such session, or it ended");
  if (!*session || (*session)->expires <= clock_.now()) return none;
  auto record = find<PersonRecord>(snapshot, Family::Admin, key::person((*session)->person));
  if (!record) return failure(record.error());
  const bool ended = !*record || (*record)->person.disabled || (*session)->created < (*record)->sessions_from;
  if (ended) return none;
  return std::move(**session);
}

Result<ApiToken> Reader::token_by_hash(const std::string& hash) const {
  const Snapshot snapshot = db_.snapshot();
  auto id = db_.get(snapshot, Family::Admin, key::token_hash(hash));
  if (!id) return failure(id.error());
  if (!*id) return failure(ErrorKind::NotFound, "no such token");
  auto token = find<ApiToken>(snapshot, Family::Admin, key::token(**id));
  if (!token) return failure(token.error());
  if (!*token) return failure(ErrorKind::Corrupt, fmt::format("token {} is missing", **id));
  return std::move(**token);
}

Result<std::vector<ApiToken>> Reader::tokens() const {
  std::vector<ApiToken> out;
  const Snapshot snapshot = db_.snapshot();
  Cursor rows = db_.cursor(&snapshot, Family::Admin, "t", "u");
  for (rows.seek_first(); rows.valid(); rows.next()) {
    auto token = decode<ApiToken>(rows.value());
    if (!token) return failure(token.error());
    out.push_back(std::move(*token));
  }
  if (auto ok = rows.status(); !ok) return failure(ok.error());
  return out;
}

Result<std::vector<std::pair<std::string, Unrecorded>>> Reader::unrecorded() const {
  std::vector<std::pair<std::string, Unrecorded>> out;
  Cursor rows = db_.cursor(nullptr, Family::Admin, "u", "v");
  for (rows.seek_first(); rows.valid(); rows.next()) {
    auto waiting = decode<Unrecorded>(rows.value());
    if (!waiting) return failure(waiting.error());
    out.emplace_back(std::string(rows.key()), std::move(*waiting));
  }
  if (auto ok = rows.status(); !ok) return failure(ok.error());
  return out;
}

}  // namespace countersign
