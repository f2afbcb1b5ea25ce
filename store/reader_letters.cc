// SPDX-License-Identifier: Apache-2.0
// Dead letters, their tallies, and replays.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "store/reader.h"

namespace countersign {
namespace {

bool matches(const LetterFilter& filter, const DeadLetterRow& row) {
  const StoredDeadLetter& stored = row.stored;
  return (filter.source.empty() || filter.source == stored.origin.value ||
          filter.source == stored.partition.source.value) &&
         (filter.reason.empty() || filter.reason == stored.letter.reason) &&
         (!filter.since || stored.stored >= *filter.since) &&
         (!filter.until || stored.stored < *filter.until) && (!filter.state || *filter.state == row.state());
}

/// Nothing beyond this letter matches either: they are stored in the order of time.
bool is_beyond(const LetterQuery& query, const StoredDeadLetter& stored) {
  return query.newest_first ? query.filter.since && stored.stored < *query.filter.since
                            : query.filter.until && stored.stored >= *query.filter.until;
}

ReplayItem item_of(const StoredDeadLetter& stored) {
  return {stored.number, stored.origin, stored.partition.topic, stored.letter.reason,
          stored.letter.index.has_value()};
}

}  // namespace

Result<DeadLetterRow> Reader::dead_letter(std::uint64_t number) const {
  const Snapshot snapshot = db_.snapshot();
  auto stored = find<StoredDeadLetter>(snapshot, Family::DeadLetters, key::number(number));
  if (!stored) return failure(stored.error());
  if (!*stored) return failure(ErrorKind::NotFound, fmt::format("no dead letter {}", number));
  auto status = find<LetterStatus>(snapshot, Family::Ledger, key::letter_status(number));
  if (!status) return failure(status.error());
  DeadLetterRow row{std::move(**stored), std::move(*status)};
  row.stored.number = number;
  return row;
}

Result<std::uint64_t> Reader::first_letter_since(const Snapshot& snapshot, Timestamp time) const {
  Cursor rows = db_.cursor(&snapshot, Family::DeadLetters, "", "");
  rows.seek_last();
  if (!rows.valid()) return 1;
  std::uint64_t low = 1;
  std::uint64_t high = key::parse_number(rows.key()) + 1;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    rows.seek(key::number(middle));
    if (!rows.valid()) break;
    auto letter = decode<StoredDeadLetter>(rows.value());
    if (!letter) return failure(letter.error());
    if (letter->stored < time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (auto ok = rows.status(); !ok) return failure(ok.error());
  return low;
}

Result<Cursor> Reader::letters_from(const Snapshot& snapshot, const LetterQuery& query) const {
  const std::optional<Timestamp>& edge = query.newest_first ? query.filter.until : query.filter.since;
  std::uint64_t from = query.from;
  if (from == 0 && edge) {
    auto first = first_letter_since(snapshot, *edge);
    if (!first) return failure(first.error());
    from = *first - (query.newest_first ? 1 : 0);
    if (from == 0) return db_.cursor(&snapshot, Family::DeadLetters, "", key::number(0));
  }
  if (!query.newest_first) {
    Cursor rows = db_.cursor(&snapshot, Family::DeadLetters, key::number(from), "");
    rows.seek_first();
    return rows;
  }
  Cursor rows = db_.cursor(&snapshot, Family::DeadLetters, "", from == 0 ? "" : key::number(from + 1));
  rows.seek_last();
  return rows;
}

Result<LetterScan> Reader::scan_letters(const LetterQuery& query,
                                        const std::function<bool(const DeadLetterRow&)>& visit) const {
  LetterScan scan;
  std::uint64_t bytes = 0;
  const Snapshot snapshot = db_.snapshot();
  auto rows = letters_from(snapshot, query);
  if (!rows) return failure(rows.error());
  for (bool more = true; rows->valid(); query.newest_first ? rows->previous() : rows->next()) {
    const std::uint64_t number = key::parse_number(rows->key());
    if (!more || scan.looked_at == query.looked_at_max || bytes >= kLetterBytesReadMax) {
      scan.next = number;
      break;
    }
    bytes += rows->value().size();
    auto stored = decode<StoredDeadLetter>(rows->value());
    if (!stored) return failure(stored.error());
    if (is_beyond(query, *stored)) break;
    ++scan.looked_at;
    auto status = find<LetterStatus>(snapshot, Family::Ledger, key::letter_status(number));
    if (!status) return failure(status.error());
    DeadLetterRow row{std::move(*stored), std::move(*status)};
    row.stored.number = number;
    if (matches(query.filter, row)) more = visit(row);
  }
  if (auto ok = rows->status(); !ok) return failure(ok.error());
  return scan;
}

Result<std::vector<LetterTally>> Reader::letter_tallies() const {
  std::vector<LetterTally> out;
  const Snapshot snapshot = db_.snapshot();
  Cursor rows = db_.cursor(&snapshot, Family::Ledger, "a", "b");
  for (rows.seek_first(); rows.valid(); rows.next()) {
    auto tally = decode<LetterTally>(rows.value());
    if (!tally) return failure(tally.error());
    out.push_back(std::move(*tally));
  }
  if (auto ok = rows.status(); !ok) return failure(ok.error());
  return out;
}

Result<std::vector<LetterTally>> Reader::missing_tallies() const {
  auto known = letter_tallies();
  if (!known || !known->empty()) return known ? std::vector<LetterTally>() : known;
  std::map<std::pair<SourceName, std::string>, LetterTally> counted;
  Cursor rows = db_.cursor(nullptr, Family::DeadLetters, "", "");
  for (rows.seek_first(); rows.valid(); rows.next()) {
    auto stored = decode<StoredDeadLetter>(rows.value());
    if (!stored) return failure(stored.error());
    LetterTally& tally = counted[{stored->origin, stored->letter.reason}];
    if (tally.dead == 0) tally = {stored->origin, stored->letter.reason, 0, 0, 0, 0, stored->stored, {}};
    ++tally.dead;
    tally.bytes += stored->letter.bytes.size();
    tally.last = stored->stored;
  }
  if (auto ok = rows.status(); !ok) return failure(ok.error());
  std::vector<LetterTally> out;
  for (auto& [key, tally] : counted) out.push_back(std::move(tally));
  return out;
}

Result<ReplayRecord> Reader::replay(EntrySeq entry) const {
  auto found = find<ReplayRecord>(db_.snapshot(), Family::Ledger, key::replay(entry));
  if (!found) return failure(found.error());
  if (!*found) return failure(ErrorKind::NotFound, fmt::format("no replay {}", entry.value));
  return std::move(**found);
}

Result<std::vector<EntrySeq>> Reader::open_replays() const {
  std::vector<EntrySeq> out;
  const Snapshot snapshot = db_.snapshot();
  Cursor rows = db_.cursor(&snapshot, Family::Ledger, "w", "x");
  for (rows.seek_first(); rows.valid(); rows.next()) {
    out.push_back(EntrySeq{key::parse_number(rows.key().substr(1))});
  }
  if (auto ok = rows.status(); !ok) return failure(ok.error());
  return out;
}

Result<ReplaySelection> Reader::select_letters(const ReplayRequest& request) const {
  ReplaySelection out;
  if (!request.letters.empty()) {
    std::vector<std::uint64_t> numbers = request.letters;
    std::ranges::sort(numbers);
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    for (const std::uint64_t number : numbers) {
      auto row = dead_letter(number);
      if (!row) return failure(row.error());
      out.letters.push_back(item_of(row->stored));
    }
    return out;
  }
  LetterQuery query;
  query.filter = request.filter;
  query.newest_first = false;
  query.from = request.from;
  auto scan = scan_letters(query, [&out](const DeadLetterRow& row) {
    out.letters.push_back(item_of(row.stored));
    return out.letters.size() < kReplayLettersMax;
  });
  if (!scan) return failure(scan.error());
  out.next = scan->next;
  return out;
}

}  // namespace countersign
