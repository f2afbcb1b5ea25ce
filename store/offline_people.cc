// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "core/case_fold.h"
#include "store/data_folder.h"
#include "store/evidence/durable_file.h"
#include "store/offline.h"
#include "store/people_rules.h"
#include "store/reader.h"

namespace countersign {
namespace {

Result<std::unique_ptr<Db>> open_alone(const std::filesystem::path& folder) {
  if (auto ok = make_folders("data folder", folder); !ok) return failure(ok.error());
  auto db = Db::open(database_folder(folder), Db::Mode::ReadWrite, merge_counts);
  if (!db) return db;
  auto identity = identity_of(**db);
  if (identity) {
    if (auto ok = check_schema(folder, *identity); !ok) return failure(ok.error());
  } else if (identity.error().kind != ErrorKind::NotFound) {
    return failure(identity.error());
  }
  return db;
}

tl::unexpected<Error> taken(std::string field, std::string message) {
  Error error{ErrorKind::Conflict, message, {}};
  error.fields.push_back({std::move(field), "taken", std::move(message)});
  return failure(std::move(error));
}

Result<void> check_free(const Reader& reader, const Unrecorded& fresh,
                        const std::vector<std::pair<std::string, Unrecorded>>& waiting) {
  for (const auto& [key, other] : waiting) {
    if (fresh.person && other.person && case_fold(other.person->login) == case_fold(fresh.person->login)) {
      return taken("login", "a person with this login exists");
    }
    if (fresh.token && other.token && other.token->id == fresh.token->id) {
      return taken("id", "a token with this id exists");
    }
  }
  if (fresh.person && reader.person_by_login(fresh.person->login)) {
    return taken("login", "a person with this login exists");
  }
  if (fresh.token && reader.token_by_hash(fresh.token->hash)) return taken("hash", "this token exists");
  return {};
}

Result<void> keep(const std::filesystem::path& folder, const Unrecorded& fresh, const Clock& clock) {
  auto db = open_alone(folder);
  if (!db) return failure(db.error());
  const Reader reader(**db, clock);
  auto waiting = reader.unrecorded();
  if (!waiting) return failure(waiting.error());
  if (auto ok = check_free(reader, fresh, *waiting); !ok) return ok;
  const std::uint64_t number =
      waiting->empty() ? 1 : key::parse_number(std::string_view(waiting->back().first).substr(1)) + 1;
  WriteSet changes;
  (*db)->put(changes, Family::Admin, key::unrecorded(number), encode(fresh));
  return (*db)->write(changes, true);
}

}  // namespace

Result<Person> add_person_offline(const std::filesystem::path& folder, Person person, const Clock& clock,
                                  RandomSource& random) {
  if (auto ok = check_person(person); !ok) return failure(ok.error());
  person.id = new_person_id(random);
  person.created = clock.now();
  if (auto ok = keep(folder, {person, std::nullopt}, clock); !ok) return failure(ok.error());
  return person;
}

Result<void> add_token_offline(const std::filesystem::path& folder, const ApiToken& token,
                               const Clock& clock) {
  if (auto ok = check_token(token); !ok) return failure(ok.error());
  return keep(folder, {std::nullopt, token}, clock);
}

}  // namespace countersign
