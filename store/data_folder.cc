// SPDX-License-Identifier: Apache-2.0
#include "store/data_folder.h"

#include <fmt/format.h>

namespace countersign {
namespace {

/// A server that compacts may take a file away between listing and opening it.
constexpr int kOpenAttempts = 5;

template <class T>
Result<std::optional<T>> meta(const Db& db, std::string_view name) {
  auto bytes = db.get(Family::Meta, name);
  if (!bytes) return failure(bytes.error());
  if (!*bytes) return std::optional<T>();
  auto value = decode<T>(**bytes);
  if (!value) return failure(value.error());
  return std::optional<T>(std::move(*value));
}

}  // namespace

std::filesystem::path database_folder(const std::filesystem::path& folder) { return folder / "db"; }

Result<std::unique_ptr<Db>> open_for_reading(const std::filesystem::path& folder) {
  const std::filesystem::path database = database_folder(folder);
  std::error_code error;
  if (!std::filesystem::exists(database / "CURRENT", error)) {
    return failure(ErrorKind::NotFound, fmt::format("{}: no data folder of countersign", folder.string()));
  }
  Result<std::unique_ptr<Db>> db = failure(ErrorKind::Internal, "not opened");
  for (int attempt = 0; attempt < kOpenAttempts && !db; ++attempt) {
    db = Db::open(database, Db::Mode::ReadOnly, merge_counts);
  }
  if (!db) return db;
  auto identity = identity_of(**db);
  if (!identity && identity.error().kind != ErrorKind::NotFound) return failure(identity.error());
  if (identity) {
    if (auto ok = check_schema(folder, *identity); !ok) return failure(ok.error());
  }
  return db;
}

Result<void> check_schema(const std::filesystem::path& folder, const Identity& identity) {
  if (identity.schema <= kSchemaVersion) return {};
  return failure(ErrorKind::Unsupported, fmt::format("data folder {}: schema {}, this program knows up to {}",
                                                     folder.string(), identity.schema, kSchemaVersion));
}

EntryReader entry_reader(const Db& db) {
  return [&db](EntrySeq first, std::size_t count) -> Result<std::vector<std::string>> {
    std::vector<std::string> out;
    out.reserve(count);
    Cursor rows =
        db.cursor(nullptr, Family::Entries, key::number(first.value), key::number(first.value + count));
    for (rows.seek_first(); rows.valid(); rows.next()) {
      if (rows.key() != key::number(first.value + out.size())) break;
      out.emplace_back(rows.value());
    }
    if (auto ok = rows.status(); !ok) return failure(ok.error());
    if (out.size() == count) return out;
    return failure(ErrorKind::Corrupt,
                   fmt::format("entry {} of the log is missing", first.value + out.size()));
  };
}

Result<Head> head_of(const Db& db) {
  auto head = meta<Head>(db, "head");
  if (!head) return failure(head.error());
  return head->value_or(Head{});
}

Result<Identity> identity_of(const Db& db) {
  auto identity = meta<Identity>(db, "identity");
  if (!identity) return failure(identity.error());
  if (!*identity) return failure(ErrorKind::NotFound, "the log was never opened");
  return std::move(**identity);
}

}  // namespace countersign
