// SPDX-License-Identifier: Apache-2.0
// Answers to questions, each from a snapshot of its own. Any thread; never waits for the writer. Errors:
// NotFound, InvalidArgument (cursor, filter), Corrupt or Internal from the database.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "store/codec.h"
#include "store/db.h"
#include "store/store.h"

namespace countersign {

class AlertFilter;

class Reader {
 public:
  Reader(const Db& db, const Clock& clock) : db_(db), clock_(clock) {}

  Result<Alert> alert(const AlertId& id) const;
  /// As it was when the receipt was written.
  Result<Alert> alert_of_receipt(const AlertRecord& record, const AlertCounts& counts) const;
  Result<AlertPage> alerts(const AlertQuery& query) const;
  Result<HistoryPage> history(const AlertId& id, std::optional<EntrySeq> from, std::size_t limit) const;
  Result<Store::SampleEvents> events(const AlertId& id) const;
  Result<std::string> explanation(const AlertId& id) const;
  Result<EntrySeq> last_entry_of(const AlertId& id) const;

  Result<std::map<SourcePartition, SourcePosition>> positions(const SourceName& source) const;
  Result<LedgerSummary> ledger() const;

  // --- reader_letters.cc
  Result<DeadLetterRow> dead_letter(std::uint64_t number) const;
  Result<LetterScan> scan_letters(const LetterQuery& query,
                                  const std::function<bool(const DeadLetterRow&)>& visit) const;
  Result<std::vector<LetterTally>> letter_tallies() const;
  /// Counted from the letters of a store that keeps no tallies yet; else empty.
  Result<std::vector<LetterTally>> missing_tallies() const;
  Result<ReplayRecord> replay(EntrySeq entry) const;
  Result<std::vector<EntrySeq>> open_replays() const;
  Result<ReplaySelection> select_letters(const ReplayRequest& request) const;

  // --- reader_sources.cc
  /// Those whose health a look now would change, those that cover others first.
  Result<std::vector<ExpectedSource>> changing_sources(const std::vector<ExpectedSource>& expected,
                                                       Timestamp listening_from) const;
  Result<std::vector<SourceStatus>> source_statuses(const std::vector<ExpectedSource>& expected,
                                                    const std::vector<SourceName>& configured) const;

  Result<Person> person(const PersonId& id) const;
  Result<Person> person_by_login(const std::string& login) const;
  Result<std::vector<Person>> persons() const;
  Result<Session> session(const std::string& hash) const;
  Result<ApiToken> token_by_hash(const std::string& hash) const;
  Result<std::vector<ApiToken>> tokens() const;

  Result<Head> head() const;
  Result<std::optional<Identity>> identity() const;
  /// Persons and tokens that wait for the next start, by their keys.
  Result<std::vector<std::pair<std::string, Unrecorded>>> unrecorded() const;

 private:
  template <class T>
  Result<std::optional<T>> find(const Snapshot& snapshot, Family family, std::string_view key) const;
  /// Empty when erased.
  Result<std::optional<std::string>> payload(const Snapshot& snapshot, const std::string& place) const;
  Result<std::string> text_of_entry(const Snapshot& snapshot, EntrySeq entry) const;
  Result<Person> person_of(const Snapshot& snapshot, PersonRecord record) const;
  Result<Alert> filled(const Snapshot& snapshot, const AlertRecord& record) const;
  Result<std::optional<AlertRecord>> match(const Snapshot& snapshot, const AlertFilter& filter, Family family,
                                           const Cursor& row) const;

  Result<std::uint64_t> first_letter_since(const Snapshot& snapshot, Timestamp time) const;
  Result<Cursor> letters_from(const Snapshot& snapshot, const LetterQuery& query) const;

  const Db& db_;
  const Clock& clock_;
};

template <class T>
Result<std::optional<T>> Reader::find(const Snapshot& snapshot, Family family, std::string_view key) const {
  auto bytes = db_.get(snapshot, family, key);
  if (!bytes) return failure(bytes.error());
  if (!*bytes) return std::optional<T>();
  auto value = decode<T>(**bytes);
  if (!value) return failure(value.error());
  return std::optional<T>(std::move(*value));
}

}  // namespace countersign
