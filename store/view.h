// SPDX-License-Identifier: Apache-2.0
// What `decide` sees: the store as it is, plus the changes of earlier commands of the same group. Point reads
// only. One thread, that of the write set.
// Errors: Corrupt or Internal from the database; NotFound where said.
#pragma once

#include <optional>

#include "store/codec.h"
#include "store/db.h"

namespace countersign {

class View {
 public:
  View(const Db& db, const WriteSet& changes) : db_(db), changes_(changes) {}

  Result<Head> head() const;
  /// NotFound: the log was never opened.
  Result<Identity> identity() const;
  Result<Current> current() const;

  Result<AlertRecord> alert(const AlertId& id) const;  // NotFound
  Result<AlertCounts> counts(const AlertId& id) const;
  Result<SampleHeads> samples(const AlertId& id) const;
  Result<std::optional<GroupRecord>> group(std::string_view key) const;

  Result<std::optional<SourcePosition>> position(const SourcePartition& partition) const;
  Result<std::optional<LedgerRow>> ledger_sum(const SourcePartition& partition,
                                              std::uint32_t incarnation) const;
  Result<std::optional<OpenRange>> open_range(const SourcePartition& partition) const;
  Result<RangeReport> open_range_report(const SourcePartition& partition, std::uint32_t number) const;

  Result<std::optional<LetterStatus>> letter_status(std::uint64_t number) const;
  Result<std::optional<LetterTally>> letter_tally(const SourceName& source, std::string_view reason) const;
  Result<ReplayRecord> replay(EntrySeq entry) const;  // NotFound

  Result<std::optional<SourceActivity>> source_activity(const SourceSubject& subject) const;
  Result<std::optional<SourceHealth>> source_health(std::string_view name) const;

  Result<bool> has_ruleset(const Hash256& hash) const;
  Result<bool> has_packs(const Hash256& hash) const;
  Result<bool> has_content(const Hash256& hash) const;
  Result<RuleManifestEntry> rule(const Hash256& ruleset, const RuleId& rule) const;  // NotFound

  Result<std::optional<IdempotencyRecord>> idempotency(std::string_view key) const;
  Result<std::optional<PersonRecord>> person(const PersonId& id) const;
  Result<std::optional<PersonId>> person_by_login(const Hash256& login) const;
  Result<std::optional<ApiToken>> token(std::string_view id) const;
  Result<bool> has_token_hash(std::string_view hash) const;

 private:
  template <class T>
  Result<std::optional<T>> find(Family family, std::string_view key) const;
  Result<bool> has(Family family, std::string_view key) const;

  const Db& db_;
  const WriteSet& changes_;
};

}  // namespace countersign
