// SPDX-License-Identifier: Apache-2.0
#include "store/offline.h"

#include <fmt/format.h>

#include "store/apply.h"
#include "store/data_folder.h"
#include "store/digest.h"
#include "store/evidence/durable_file.h"
#include "store/evidence/merkle.h"
#include "store/evidence/witness_policy.h"
#include "store/payload.h"
#include "store/view.h"

namespace countersign {
namespace {

Result<LogHead> head_from_entries(const Db& db) {
  RightEdge edge;
  Cursor rows = db.cursor(nullptr, Family::Entries, "", "");
  for (rows.seek_first(); rows.valid(); rows.next()) {
    if (rows.key() != key::number(edge.size())) {
      return failure(ErrorKind::Corrupt, fmt::format("entry {} of the log is missing", edge.size()));
    }
    edge.append(leaf_hash(rows.value()));
  }
  if (auto ok = rows.status(); !ok) return failure(ok.error());
  return LogHead{edge.size(), edge.root()};
}

/// Unsynced writes of about so many bytes; the target is synced at the end.
constexpr std::size_t kReplayBytes = 4U << 20U;

Result<void> apply_journal(const Db& source, Db& target) {
  auto head = head_of(source);
  if (!head) return failure(head.error());
  std::uint64_t next = 1;
  WriteSet changes;
  Cursor rows = source.cursor(nullptr, Family::Journal, "", "");
  for (rows.seek_first(); rows.valid(); rows.next(), ++next) {
    auto batch = decode<Batch>(rows.value());
    if (!batch) return failure(batch.error());
    if (batch->number != next) {
      return failure(
          ErrorKind::Conflict,
          fmt::format("the journal has batch {} where {} is due: it was pruned", batch->number, next));
    }
    apply(target, *batch, changes);
    if (changes.bytes() < kReplayBytes) continue;
    if (auto ok = target.write(changes, false); !ok) return ok;
    changes = WriteSet();
  }
  if (auto ok = rows.status(); !ok) return ok;
  if (next != head->next_batch) {
    return failure(ErrorKind::Conflict, fmt::format("the journal ends at batch {}, the store at {}", next - 1,
                                                    head->next_batch - 1));
  }
  return target.write(changes, true);
}

Result<std::string> newest_checkpoint(const Db& db) {
  Cursor rows = db.cursor(nullptr, Family::Checkpoints, "", "");
  rows.seek_last();
  if (rows.valid()) return std::string(rows.value());
  if (auto ok = rows.status(); !ok) return failure(ok.error());
  return failure(ErrorKind::NotFound, "nothing was signed yet: start the server once");
}

Result<void> visit_checkpoints(const Db& db, const CheckpointVisitor& visit) {
  Cursor rows = db.cursor(nullptr, Family::Checkpoints, "", "");
  for (rows.seek_first(); rows.valid(); rows.next()) {
    if (auto ok = visit(key::parse_number(rows.key()), rows.value()); !ok) return ok;
  }
  return rows.status();
}

Result<void> visit_payloads(const Db& db, const PayloadVisitor& visit) {
  Cursor rows = db.cursor(nullptr, Family::PayloadKeys, "e", "f");
  for (rows.seek_first(); rows.valid(); rows.next()) {
    auto secret = decode<PayloadKey>(rows.value());
    if (!secret) return failure(secret.error());
    auto bytes = db.get(Family::Payloads, rows.key());
    if (!bytes) return failure(bytes.error());
    const EntrySeq entry{key::parse_number(rows.key().substr(1))};
    if (!*bytes || secret->salt.size() != kSaltBytes) {
      return failure(ErrorKind::Corrupt, fmt::format("payload of entry {} is damaged", entry.value));
    }
    auto sealed = decode<Sealed>(**bytes);
    if (!sealed) return failure(sealed.error());
    auto plain = open_payload(rows.key(), *sealed, *secret);
    if (!plain) return failure(plain.error());
    SaltedPayload salted;
    std::ranges::copy(as_bytes(secret->salt), salted.salt.begin());
    salted.payload = std::move(*plain);
    if (auto ok = visit(entry, salted); !ok) return ok;
  }
  return rows.status();
}

}  // namespace

Result<std::string> store_digest(const std::filesystem::path& folder) {
  auto db = open_for_reading(folder);
  if (!db) return failure(db.error());
  return digest_of(**db);
}

Result<LogHead> log_head(const std::filesystem::path& folder) {
  auto db = open_for_reading(folder);
  if (!db) return failure(db.error());
  return head_from_entries(**db);
}

Result<Replayed> replay_journal(const std::filesystem::path& folder, const std::filesystem::path& target) {
  auto source = open_for_reading(folder);
  if (!source) return failure(source.error());
  std::error_code error;
  if (std::filesystem::exists(target, error) && !std::filesystem::is_empty(target, error)) {
    return failure(ErrorKind::Conflict, fmt::format("{} is not empty", target.string()));
  }
  if (auto ok = make_folders("folder of the replay", target); !ok) return failure(ok.error());
  auto made = Db::open(database_folder(target), Db::Mode::ReadWrite, merge_counts);
  if (!made) return failure(made.error());
  if (auto ok = apply_journal(**source, **made); !ok) return failure(ok.error());
  auto digest = digest_of(**made);
  if (!digest) return failure(digest.error());
  auto head = head_from_entries(**made);
  if (!head) return failure(head.error());
  return Replayed{std::move(*digest), *head};
}

Result<ExportSummary> export_evidence(const std::filesystem::path& folder, const std::filesystem::path& out,
                                      bool payloads) {
  auto db = open_for_reading(folder);
  if (!db) return failure(db.error());
  auto identity = identity_of(**db);
  if (!identity) return failure(identity.error());
  auto vkey = parse_vkey(identity->vkey);
  if (!vkey) return failure(ErrorKind::Corrupt, "stored verifier key: " + vkey.error().message);
  auto checkpoint = newest_checkpoint(**db);
  if (!checkpoint) return failure(checkpoint.error());
  ExportSource source;
  source.vkeys.push_back(*vkey);
  source.checkpoint = std::move(*checkpoint);
  source.witness_policy = format_unwitnessed_policy(*vkey);
  source.entries = entry_reader(**db);
  const Db& reading = **db;
  source.checkpoints = [&reading](const CheckpointVisitor& visit) {
    return visit_checkpoints(reading, visit);
  };
  if (payloads) {
    source.payloads = [&reading](const PayloadVisitor& visit) { return visit_payloads(reading, visit); };
  }
  const WriteSet none;
  const auto head = View(reading, none).head();
  if (!head) return failure(head.error());
  auto summary = export_log(source, out);
  if (summary && head->next_entry > summary->head.size) {
    summary->unsigned_entries = head->next_entry - summary->head.size;
  }
  return summary;
}

}  // namespace countersign
