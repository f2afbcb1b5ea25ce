// SPDX-License-Identifier: Apache-2.0
// Opening: everything that can be wrong with a folder, a key or a last-signed file is found before the first
// write.
#include <fmt/format.h>

#include "store/codec.h"
#include "store/data_folder.h"
#include "store/evidence/durable_file.h"
#include "store/evidence/note.h"
#include "store/store_impl.h"
#include "store/wal_tail.h"

namespace countersign {
namespace {

Result<void> make_folder(const std::filesystem::path& folder) {
  if (auto ok = make_folders("data folder", folder); !ok) return ok;
  std::error_code error;
  if (std::filesystem::is_directory(folder, error)) return {};
  return failure(ErrorKind::InvalidArgument, fmt::format("data folder {}: not a folder", folder.string()));
}

Result<std::string> vkey_of(const StoreOptions& options, const SigningKey& key) {
  auto verifier = make_verifier_key(options.origin, KeyType::Ed25519, key.public_key());
  if (!verifier) return failure(verifier.error());
  return format_vkey(*verifier);
}

Result<void> check_identity(const StoreOptions& options, const Identity& identity, const std::string& vkey) {
  const std::string folder = options.folder.string();
  if (auto ok = check_schema(options.folder, identity); !ok) return ok;
  if (identity.origin != options.origin) {
    return failure(ErrorKind::InvalidArgument, fmt::format("data folder {}: its log has origin {}, not {}",
                                                           folder, identity.origin, options.origin));
  }
  if (identity.vkey != vkey) {
    return failure(ErrorKind::InvalidArgument,
                   fmt::format("data folder {}: its log is signed by {}, the key file {} is {}", folder,
                               identity.vkey, options.key_file.string(), vkey));
  }
  return {};
}

struct Opened {
  std::unique_ptr<Db> db;
  bool dropped_tail = false;
};

/// A power cut may leave half a record at the end of the database's log, which was never acknowledged. It is
/// passed over, and kept aside, only when nothing that can be read stands behind it; whether the rest covers
/// what was signed is checked afterwards like always.
Result<Opened> open_database(const StoreOptions& options) {
  const std::filesystem::path database = database_folder(options.folder);
  auto db = Db::open(database, Db::Mode::ReadWrite, merge_counts);
  if (db) return Opened{std::move(*db), false};
  if (db.error().kind != ErrorKind::Corrupt) return failure(db.error());
  const auto tail = inspect_last_wal(database);
  if (!tail || !tail->damaged || tail->valid_after) {
    const std::string_view why = !tail || !tail->damaged ? "the damage is not at the end of its newest log"
                                                         : "records that can be read stand behind the damage";
    return failure(ErrorKind::Corrupt, fmt::format("{} ({})", db.error().message, why));
  }
  const std::filesystem::path aside = options.folder / ("damaged-" + tail->file.filename().string());
  std::error_code error;
  std::filesystem::copy_file(tail->file, aside, std::filesystem::copy_options::overwrite_existing, error);
  if (error) {
    return failure(ErrorKind::Unavailable,
                   fmt::format("{}: cannot keep the damaged log: {}", aside.string(), error.message()));
  }
  db = Db::open(database, Db::Mode::DropTail, merge_counts);
  if (!db) return failure(db.error());
  return Opened{std::move(*db), true};
}

/// Less, and the first write may already fail.
constexpr std::uint64_t kRoomToOpenBytes = 8ULL << 20U;

Result<void> check_room(const StoreOptions& options) {
  std::error_code error;
  const auto space = std::filesystem::space(options.folder, error);
  if (error || space.available >= kRoomToOpenBytes) return {};
  return failure(ErrorKind::Unavailable,
                 fmt::format("disk of {}: {} bytes free, opening needs {}", options.folder.string(),
                             space.available, kRoomToOpenBytes));
}

Policy policy_of(const StoreOptions& options) {
  Policy policy;
  policy.lease = options.lease;
  return policy;
}

}  // namespace

Result<std::unique_ptr<Store>> Store::open(const StoreOptions& options, const Clock& clock,
                                           RandomSource& random) {
  auto signing_key = SigningKey::load(options.key_file);
  if (!signing_key) return failure(signing_key.error());
  auto vkey = vkey_of(options, *signing_key);
  if (!vkey) return failure(vkey.error());
  if (auto ok = make_folder(options.folder); !ok) return failure(ok.error());
  if (auto ok = check_room(options); !ok) return failure(ok.error());
  auto opened = open_database(options);
  if (!opened) return failure(opened.error());
  std::unique_ptr<Db> db = std::move(opened->db);

  const Reader reader(*db, clock);
  auto identity = reader.identity();
  if (!identity) return failure(identity.error());
  if (*identity) {
    if (auto ok = check_identity(options, **identity, *vkey); !ok) return failure(ok.error());
  }
  auto head = reader.head();
  if (!head) return failure(head.error());
  auto unrecorded = reader.unrecorded();
  if (!unrecorded) return failure(unrecorded.error());

  auto tallies = reader.missing_tallies();
  if (!tallies) return failure(tallies.error());

  auto checkpointer = Checkpointer::open(
      {options.folder, options.origin, options.last_signed_file, options.checkpoint_interval},
      std::move(*signing_key), *db, clock, head->next_entry, !identity->has_value());
  if (!checkpointer) return failure(checkpointer.error());
  auto impl = std::make_unique<Impl>(options, std::move(db), std::move(*checkpointer), clock, random);
  StartCommand start;
  start.identity.origin = options.origin;
  start.identity.vkey = *vkey;
  start.build = options.build;
  start.policy = policy_of(options);
  start.unrecorded = std::move(*unrecorded);
  start.tallies = std::move(*tallies);
  start.dropped_tail = opened->dropped_tail;
  if (auto ok = impl->writer.start(std::move(start)); !ok) return failure(ok.error());
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

}  // namespace countersign
