// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "store/data_folder.h"
#include "store/evidence/checkpoint.h"
#include "store/evidence/entry_rules.h"
#include "store/evidence/tiles.h"
#include "store/ledger.h"
#include "store/offline.h"
#include "store/payload.h"

namespace countersign {
namespace {

constexpr std::size_t kProblemsMax = 100;

/// Opened by signals: the ledger counts their matches.
bool is_detected(AlertKind kind) { return kind == AlertKind::Rule || kind == AlertKind::Vendor; }

class Checker {
 public:
  Checker(const Db& db, std::filesystem::path folder, Identity identity)
      : db_(db), tiles_(folder / "tile"), identity_(std::move(identity)) {}

  Result<StoreCheck> run() {
    using Part = Result<void> (Checker::*)();
    for (const Part part : {&Checker::log, &Checker::alerts, &Checker::queues, &Checker::groups,
                            &Checker::payloads, &Checker::ranges, &Checker::books, &Checker::letters}) {
      if (auto ok = (this->*part)(); !ok) return failure(ok.error());
    }
    return std::move(out_);
  }

 private:
  void problem(std::string text) {
    if (out_.problems.size() < kProblemsMax) out_.problems.push_back(std::move(text));
  }
  template <class Visit>
  Result<void> walk(Family family, std::string_view lower, std::string_view upper, Visit visit) {
    Cursor rows = db_.cursor(nullptr, family, std::string(lower), std::string(upper));
    for (rows.seek_first(); rows.valid(); rows.next()) {
      if (auto ok = visit(rows.key(), rows.value()); !ok) return ok;
    }
    return rows.status();
  }
  template <class T>
  std::optional<T> read(std::string_view what, std::string_view bytes) {
    auto value = decode<T>(bytes);
    if (value) return std::move(*value);
    problem(fmt::format("{}: {}", what, value.error().message));
    return std::nullopt;
  }

  Result<void> log();
  void check_tile(std::uint64_t index, const std::vector<Hash256>& leaves);
  Result<void> checkpoints(const std::map<std::uint64_t, Hash256>& roots);
  Result<void> alerts();
  void check_alert(const AlertRecord& record);
  void expect_row(Family family, const std::string& key, const std::string& value, const AlertRecord& record);
  Result<void> queues();
  Result<void> groups();
  Result<void> payloads();
  Result<void> ranges();
  Result<void> books();
  Result<void> letters();

  const Db& db_;
  TileFolder tiles_;
  Identity identity_;
  StoreCheck out_;
  std::map<Family, std::uint64_t> expected_rows_;
  std::uint64_t counted_alerts_ = 0;  // with at least one event
  std::uint64_t detected_alerts_ = 0;
  std::uint64_t grouped_alerts_ = 0;  // those and the ones about itself
  std::uint64_t detected_matches_ = 0;
  std::map<std::pair<SourcePartition, std::uint32_t>, LedgerRow> summed_;  // of the ranges
};

// --- the log

void Checker::check_tile(std::uint64_t index, const std::vector<Hash256>& leaves) {
  const TileId id{false, 0, index, kTileWidth};
  if (!tiles_.has(id)) return;  // rebuilt from the entries at the next start
  ++out_.tiles;
  auto bytes = tiles_.read(id);
  if (!bytes || *bytes != encode_hash_tile(leaves)) {
    problem(fmt::format("tile {} does not hold the hashes of its entries", tile_path(id)));
  }
}

Result<void> Checker::log() {
  auto head = head_of(db_);
  if (!head) return failure(head.error());
  std::map<std::uint64_t, Hash256> roots;  // at the sizes that were signed
  auto sizes = walk(Family::Checkpoints, "", "", [&](std::string_view key, std::string_view) -> Result<void> {
    roots.emplace(key::parse_number(key), Hash256{});
    return {};
  });
  if (!sizes) return sizes;
  EntryRules rules(identity_.origin);
  bool rules_hold = true;
  RightEdge edge;
  std::vector<Hash256> leaves;
  auto ok = walk(Family::Entries, "", "", [&](std::string_view key, std::string_view entry) -> Result<void> {
    if (key != key::number(edge.size())) {
      problem(fmt::format("entry {} of the log is missing", edge.size()));
      return failure(ErrorKind::Corrupt, out_.problems.back());
    }
    if (const auto good = rules.check(entry); !good && rules_hold) {
      rules_hold = false;  // the later ones would only repeat it
      problem(fmt::format("entry {}: {}", edge.size(), good.error().message));
    }
    leaves.push_back(leaf_hash(entry));
    edge.append(leaves.back());
    if (const auto signed_size = roots.find(edge.size()); signed_size != roots.end()) {
      signed_size->second = edge.root();
    }
    if (leaves.size() == kTileWidth) {
      check_tile(edge.size() / kTileWidth - 1, leaves);
      leaves.clear();
    }
    return {};
  });
  if (!ok && ok.error().kind != ErrorKind::Corrupt) return ok;
  out_.entries = edge.size();
  if (edge.size() != head->next_entry) {
    problem(fmt::format("the log has {} entries, the head says {}", edge.size(), head->next_entry));
  }
  return checkpoints(roots);
}

Result<void> Checker::checkpoints(const std::map<std::uint64_t, Hash256>& roots) {
  auto vkey = parse_vkey(identity_.vkey);
  if (!vkey) {
    problem("the stored verifier key cannot be read");
    return {};
  }
  const std::vector<VerifierKey> keys{*vkey};
  return walk(Family::Checkpoints, "", "", [&](std::string_view key, std::string_view note) -> Result<void> {
    const std::uint64_t size = key::parse_number(key);
    auto opened = open_checkpoint(note, keys);
    if (!opened) {
      problem(fmt::format("checkpoint {}: {}", size, opened.error().message));
    } else if (opened->checkpoint.size != size || opened->checkpoint.root != roots.at(size)) {
      problem(fmt::format("checkpoint {} is not the root of the entries", size));
    }
    return {};
  });
}

// --- alerts and what is derived from them

void Checker::expect_row(Family family, const std::string& key, const std::string& value,
                         const AlertRecord& record) {
  ++expected_rows_[family];
  const auto found = db_.get(family, key);
  if (found && *found && **found == value) return;
  problem(fmt::format("{}: the row of alert {} is {}", to_string(family), to_string(record.facts.id),
                      found && *found ? "out of date" : "missing"));
}

void Checker::check_alert(const AlertRecord& record) {
  const AlertId& id = record.facts.id;
  const std::string name = to_string(id);
  const QueuePlace place = place_of(record);
  const std::string row = encode(queue_row_of(record));
  expect_row(Family::QueueStatus, key::queue_status(place, id), row, record);
  expect_row(Family::QueueSeverity, key::queue_severity(place, id), row, record);
  expect_row(Family::QueueDue, key::queue_due(place, id), row, record);
  if (place.owner) expect_row(Family::QueueOwner, key::queue_owner(place, id), row, record);
  for (const Entity& entity : record.facts.entities) {
    expect_row(Family::QueueEntity, key::queue_entity(entity, place, id), row, record);
  }
  for (const DueRow& due : due_rows_of(record)) {
    expect_row(Family::Due, key::due(due.time, due.kind, key::alert(id)), "", record);
  }
  const ReviewState& review = record.review;
  if (review.status == Status::Closed && (!review.owner || !review.decision || !review.decided)) {
    problem(fmt::format("alert {} is closed without owner, verdict, reason or decision time", name));
  }
  const auto history = db_.get(Family::History, key::history(id, record.last_entry));
  if (!history || !*history) problem(fmt::format("alert {}: its last entry is not in its history", name));
  const AlertKind kind = record.facts.kind;
  if (is_detected(kind)) ++detected_alerts_;
  if (is_detected(kind) || kind == AlertKind::Self) ++grouped_alerts_;
}

Result<void> Checker::alerts() {
  auto ok = walk(Family::Alerts, "", "", [&](std::string_view key, std::string_view bytes) -> Result<void> {
    ++out_.alerts;
    const auto record = read<AlertRecord>("alert", bytes);
    if (!record) return {};
    check_alert(*record);
    const auto counts_bytes = db_.get(Family::Counts, key);
    const auto samples_bytes = db_.get(Family::Samples, key);
    if (!counts_bytes || !samples_bytes) return failure(ErrorKind::Corrupt, "counts cannot be read");
    AlertCounts counts;
    if (*counts_bytes) counts = read<AlertCounts>("counts", **counts_bytes).value_or(AlertCounts{});
    SampleHeads samples;
    if (*samples_bytes) samples = read<SampleHeads>("samples", **samples_bytes).value_or(SampleHeads{});
    if (counts.count > 0) ++counted_alerts_;
    if (is_detected(record->facts.kind)) detected_matches_ += counts.count;
    const bool too_many = counts.count < std::max(samples.smallest.size(), samples.largest.size());
    const auto& decision = record->review.decision;
    if (counts.damaged || too_many || (decision && decision->events > counts.count)) {
      problem(fmt::format("alert {}: counts, sample and decision contradict each other",
                          to_string(record->facts.id)));
    }
    return {};
  });
  if (!ok) return ok;
  std::uint64_t counted = 0;
  ok = walk(Family::Counts, "", "", [&](std::string_view, std::string_view) -> Result<void> {
    ++counted;
    return {};
  });
  if (counted != counted_alerts_) {
    problem(fmt::format("{} rows of counts, {} alerts with events", counted, counted_alerts_));
  }
  return ok;
}

/// Every expected row was found; there must be no other.
Result<void> Checker::queues() {
  for (const Family family : {Family::QueueStatus, Family::QueueSeverity, Family::QueueDue,
                              Family::QueueOwner, Family::QueueEntity, Family::Due}) {
    std::uint64_t rows = 0;
    auto ok = walk(family, "", "", [&](std::string_view key, std::string_view) -> Result<void> {
      const auto due = family == Family::Due ? key::parse_due(key) : std::nullopt;
      const bool of_alert = !due || (due->kind != DueKind::Idempotency && due->kind != DueKind::Session);
      if (of_alert) ++rows;
      return {};
    });
    if (!ok) return ok;
    if (rows != expected_rows_[family]) {
      problem(
          fmt::format("{}: {} rows, the alerts have {}", to_string(family), rows, expected_rows_[family]));
    }
  }
  return {};
}

Result<void> Checker::groups() {
  std::uint64_t generations = 0;
  auto ok = walk(Family::Groups, "", "", [&](std::string_view, std::string_view bytes) -> Result<void> {
    const auto group = read<GroupRecord>("group", bytes);
    if (!group) return {};
    generations += group->generations;
    const auto alert = db_.get(Family::Alerts, key::alert(group->current));
    if (!alert || !*alert) {
      problem(fmt::format("a group points to alert {}, which is missing", to_string(group->current)));
    }
    return {};
  });
  if (generations != grouped_alerts_) {
    problem(fmt::format("the groups count {} generations, there are {} alerts of groups", generations,
                        grouped_alerts_));
  }
  return ok;
}

Result<void> Checker::payloads() {
  return walk(Family::PayloadKeys, "", "", [&](std::string_view key, std::string_view bytes) -> Result<void> {
    const auto secret = read<PayloadKey>("payload key", bytes);
    const auto sealed_bytes = db_.get(Family::Payloads, key);
    if (!secret || !sealed_bytes || !*sealed_bytes) {
      problem("a payload key has no payload");
      return {};
    }
    const auto sealed = read<Sealed>("payload", **sealed_bytes);
    if (sealed && !open_payload(key, *sealed, *secret)) problem("a payload does not open with its key");
    return {};
  });
}

// --- the books

Result<void> Checker::ranges() {
  const auto add = [this](const LedgerRow& row) {
    for (const std::string& what : imbalances(row)) {
      problem(fmt::format("range [{}, {}) of {}: {}", row.start.value, row.end.value,
                          to_string(row.partition), what));
    }
    const auto [place, first] = summed_.try_emplace({row.partition, row.incarnation}, row);
    if (first) return;
    LedgerRow& sum = place->second;
    if (sum.end != row.start) {
      problem(fmt::format("{}: a range starts at {}, the one before ends at {}", to_string(row.partition),
                          row.start.value, sum.end.value));
    }
    sum.end = row.end;
    add_counts(row.counts, sum.counts);
    for (const auto& [cause, offsets] : row.gaps) sum.gaps[cause] += offsets;
  };
  auto ok = walk(Family::Ledger, "r", "s", [&](std::string_view, std::string_view bytes) -> Result<void> {
    if (const auto range = read<FinishedRange>("range", bytes)) add(range->row);
    return {};
  });
  if (!ok) return ok;
  return walk(Family::Ledger, "o", "p", [&](std::string_view, std::string_view bytes) -> Result<void> {
    if (const auto range = read<OpenRange>("open range", bytes)) add(range->row);
    return {};
  });
}

Result<void> Checker::books() {
  LedgerCounts total;
  auto ok = walk(Family::Ledger, "s", "t", [&](std::string_view, std::string_view bytes) -> Result<void> {
    const auto sum = read<LedgerRow>("ledger", bytes);
    if (!sum) return {};
    add_counts(sum->counts, total);
    const std::string name = fmt::format("{} incarnation {}", to_string(sum->partition), sum->incarnation);
    for (const std::string& what : imbalances(*sum)) problem(fmt::format("{}: {}", name, what));
    const auto ranges = summed_.find({sum->partition, sum->incarnation});
    const bool equal = ranges != summed_.end() && ranges->second.start == sum->start &&
                       ranges->second.end == sum->end && ranges->second.counts == sum->counts &&
                       ranges->second.gaps == sum->gaps;
    if (!equal) problem(fmt::format("{}: the ranges do not add up to the sum", name));
    return {};
  });
  if (total.opened != detected_alerts_ || total.opened + total.attached != detected_matches_) {
    problem(fmt::format("the ledger opened {} and attached {}, the alerts are {} with {} matches",
                        total.opened, total.attached, detected_alerts_, detected_matches_));
  }
  return ok;
}

/// The tallies against the letters and what became of them; a store of an older version has none until its
/// next start.
Result<void> Checker::letters() {
  std::map<std::pair<SourceName, std::string>, LetterTally> tallies;
  auto ok = walk(Family::Ledger, "a", "b", [&](std::string_view, std::string_view bytes) -> Result<void> {
    if (auto tally = read<LetterTally>("tally", bytes)) tallies[{tally->source, tally->reason}] = *tally;
    return {};
  });
  if (!ok || tallies.empty()) return ok;
  std::map<std::pair<SourceName, std::string>, LetterTally> counted;
  ok = walk(Family::DeadLetters, "", "", [&](std::string_view key, std::string_view bytes) -> Result<void> {
    const auto letter = read<StoredDeadLetter>("dead letter", bytes);
    if (!letter) return {};
    const auto row = db_.get(Family::Ledger, key::letter_status(key::parse_number(key)));
    if (!row) return failure(row.error());
    LetterStatus status;
    if (*row) status = read<LetterStatus>("status of a dead letter", **row).value_or(status);
    LetterTally& tally = counted[{letter->origin, letter->letter.reason}];
    if (status.state == LetterState::Dead) ++tally.dead;
    if (status.state == LetterState::Pending) ++tally.pending;
    if (status.state == LetterState::Replayed) ++tally.replayed;
    tally.bytes += letter->letter.bytes.size();
    return {};
  });
  const auto equal = [](const LetterTally& one, const LetterTally& other) {
    return one.dead == other.dead && one.pending == other.pending && one.replayed == other.replayed &&
           one.bytes == other.bytes;
  };
  for (const auto& [place, tally] : counted) {
    if (!equal(tally, tallies[place])) {
      problem(fmt::format("dead letters of {} with {}: the tally is not their number", place.first.value,
                          place.second));
    }
  }
  if (counted.size() != tallies.size()) problem("a tally counts dead letters that are not there");
  return ok;
}

}  // namespace

Result<StoreCheck> store_check(const std::filesystem::path& folder) {
  auto db = open_for_reading(folder);
  if (!db) return failure(db.error());
  auto identity = identity_of(**db);
  if (!identity) return failure(identity.error());
  return Checker(**db, folder, std::move(*identity)).run();
}

}  // namespace countersign
