// SPDX-License-Identifier: Apache-2.0
#include "store/digest.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "core/json_text.h"
#include "core/wire/report_fields.h"
#include "store/codec.h"
#include "store/ledger.h"

namespace countersign {
namespace {

/// Texts as JSON strings: no value can look like another line.
class Text {
 public:
  void line(std::string_view name, std::string_view value) {
    bytes_ += name;
    bytes_ += ' ';
    append_json_string(value, bytes_);
    bytes_ += '\n';
  }
  void line(std::string_view name, std::uint64_t value) { bytes_ += fmt::format("{} {}\n", name, value); }
  void time(std::string_view name, Timestamp value) {
    bytes_ += fmt::format("{} {}\n", name, to_nanos(value));
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

void add_review(Text& text, const ReviewState& review) {
  text.line("status", to_string(review.status));
  text.line("owner", review.owner ? review.owner->value : "");
  if (!review.decision) return;
  text.line("verdict", to_string(review.decision->verdict));
  text.line("reason_code", to_string(review.decision->reason_code));
  text.line("decider", review.decision->decider.id);
  text.line("covers", review.decision->events);
}

void add_samples(Text& text, std::string_view end, const std::vector<SampleHead>& heads) {
  for (const SampleHead& head : heads) {
    text.time(end, head.time);
    text.line(end, to_hex(head.hash));
  }
}

Hash256 hash_of(const AlertRecord& record, const AlertCounts& counts, const SampleHeads& samples) {
  Text text;
  text.line("kind", to_string(record.facts.kind));
  text.line("rule", record.facts.rule_id.value);
  if (record.facts.kind == AlertKind::Manual) text.line("title", record.facts.title);
  for (const GroupKeyPart& part : record.facts.group_key) {
    text.line("field", part.field);
    if (part.present) text.line("value", part.folded);
  }
  text.line("generation", record.facts.generation);
  text.line("count", counts.count);
  text.time("first", counts.first);
  text.time("last", counts.last);
  text.line("level", to_string(record.facts.severity));
  add_samples(text, "smallest", samples.smallest);
  add_samples(text, "largest", samples.largest);
  add_review(text, record.review);
  return sha256(text.bytes());
}

template <class T>
Result<T> read_or_default(const Db& db, const Snapshot& snapshot, Family family, std::string_view key) {
  auto bytes = db.get(snapshot, family, key);
  if (!bytes) return failure(bytes.error());
  if (!*bytes) return T{};
  return decode<T>(**bytes);
}

Result<std::vector<Hash256>> alert_hashes(const Db& db, const Snapshot& snapshot) {
  std::vector<Hash256> hashes;
  Cursor rows = db.cursor(&snapshot, Family::Alerts, "", "");
  for (rows.seek_first(); rows.valid(); rows.next()) {
    auto record = decode<AlertRecord>(rows.value());
    if (!record) return failure(record.error());
    auto counts = read_or_default<AlertCounts>(db, snapshot, Family::Counts, rows.key());
    if (!counts) return failure(counts.error());
    auto samples = read_or_default<SampleHeads>(db, snapshot, Family::Samples, rows.key());
    if (!samples) return failure(samples.error());
    hashes.push_back(hash_of(*record, *counts, *samples));
  }
  if (auto ok = rows.status(); !ok) return failure(ok.error());
  std::ranges::sort(hashes);
  return hashes;
}

Result<std::string> ledger_text(const Db& db, const Snapshot& snapshot) {
  LedgerCounts sum;
  Cursor rows = db.cursor(&snapshot, Family::Ledger, "s", "t");
  for (rows.seek_first(); rows.valid(); rows.next()) {
    auto row = decode<LedgerRow>(rows.value());
    if (!row) return failure(row.error());
    add_counts(row->counts, sum);
  }
  if (auto ok = rows.status(); !ok) return failure(ok.error());
  Text text;
  text.line("delivered", sum.delivered);
  text.line("parsed", sum.parsed);
  text.line("dead_lettered", sum.dead_lettered);
  text.line("events", sum.events);
  text.line("undecodable", sum.undecodable);
  text.line("duplicate", sum.duplicate);
  text.line("unmatched", sum.unmatched);
  text.line("matched", sum.matched);
  text.line("matches", sum.matches);
  text.line("over_limit", sum.over_limit);
  text.line("suppressed", sum.suppressed);
  text.line("correlated", sum.correlated);
  text.line("uncorrelated", sum.uncorrelated);
  text.line("attached", sum.attached);
  text.line("opened", sum.opened);
  return text.bytes();
}

}  // namespace

Result<std::string> digest_of(const Db& db) {
  const Snapshot snapshot = db.snapshot();
  auto hashes = alert_hashes(db, snapshot);
  if (!hashes) return failure(hashes.error());
  auto totals = ledger_text(db, snapshot);
  if (!totals) return failure(totals.error());
  Sha256 hasher;
  for (const Hash256& hash : *hashes) hasher.update(hash.bytes);
  hasher.update(*totals);
  return to_hex(hasher.finish());
}

}  // namespace countersign
