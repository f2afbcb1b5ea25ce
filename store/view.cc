// SPDX-License-Identifier: Apache-2.0
#include "store/view.h"

#include <fmt/format.h>

namespace countersign {

template <class T>
Result<std::optional<T>> View::find(Family family, std::string_view key) const {
  auto bytes = db_.get(changes_, family, key);
  if (!bytes) return failure(bytes.error());
  if (!*bytes) return std::optional<T>();
  auto value = decode<T>(**bytes);
  if (!value) return failure(value.error());
  return std::optional<T>(std::move(*value));
}

Result<bool> View::has(Family family, std::string_view key) const {
  auto bytes = db_.get(changes_, family, key);
  if (!bytes) return failure(bytes.error());
  return bytes->has_value();
}

Result<Head> View::head() const {
  auto found = find<Head>(Family::Meta, "head");
  if (!found) return failure(found.error());
  return found->value_or(Head{});
}

Result<Identity> View::identity() const {
  auto found = find<Identity>(Family::Meta, "identity");
  if (!found) return failure(found.error());
  if (!*found) return failure(ErrorKind::NotFound, "the log was never opened");
  return std::move(**found);
}

Result<Current> View::current() const {
  auto found = find<Current>(Family::Meta, "current");
  if (!found) return failure(found.error());
  return found->value_or(Current{});
}

Result<AlertRecord> View::alert(const AlertId& id) const {
  auto found = find<AlertRecord>(Family::Alerts, key::alert(id));
  if (!found) return failure(found.error());
  if (!*found) return failure(ErrorKind::NotFound, fmt::format("no alert {}", to_string(id)));
  return std::move(**found);
}

Result<AlertCounts> View::counts(const AlertId& id) const {
  auto found = find<AlertCounts>(Family::Counts, key::alert(id));
  if (!found) return failure(found.error());
  const AlertCounts counts = found->value_or(AlertCounts{});
  if (counts.damaged) {
    return failure(ErrorKind::Corrupt, fmt::format("counts of alert {} are damaged", to_string(id)));
  }
  return counts;
}

Result<SampleHeads> View::samples(const AlertId& id) const {
  auto found = find<SampleHeads>(Family::Samples, key::alert(id));
  if (!found) return failure(found.error());
  return found->value_or(SampleHeads{});
}

Result<std::optional<GroupRecord>> View::group(std::string_view key) const {
  return find<GroupRecord>(Family::Groups, key);
}

Result<std::optional<SourcePosition>> View::position(const SourcePartition& partition) const {
  return find<SourcePosition>(Family::Ledger, key::position(partition));
}

Result<std::optional<LedgerRow>> View::ledger_sum(const SourcePartition& partition,
                                                  std::uint32_t incarnation) const {
  return find<LedgerRow>(Family::Ledger, key::ledger_sum(partition, incarnation));
}

Result<std::optional<OpenRange>> View::open_range(const SourcePartition& partition) const {
  return find<OpenRange>(Family::Ledger, key::open_range(partition));
}

Result<RangeReport> View::open_range_report(const SourcePartition& partition, std::uint32_t number) const {
  auto found = find<RangeReport>(Family::Ledger, key::open_range_report(partition, number));
  if (!found) return failure(found.error());
  if (!*found) {
    return failure(ErrorKind::Corrupt,
                   fmt::format("open range of {}: report {} is missing", to_string(partition), number));
  }
  return std::move(**found);
}

Result<std::optional<LetterStatus>> View::letter_status(std::uint64_t number) const {
  return find<LetterStatus>(Family::Ledger, key::letter_status(number));
}

Result<std::optional<LetterTally>> View::letter_tally(const SourceName& source,
                                                      std::string_view reason) const {
  return find<LetterTally>(Family::Ledger, key::letter_tally(source, reason));
}

Result<ReplayRecord> View::replay(EntrySeq entry) const {
  auto found = find<ReplayRecord>(Family::Ledger, key::replay(entry));
  if (!found) return failure(found.error());
  if (!*found) return failure(ErrorKind::NotFound, fmt::format("no replay {}", entry.value));
  return std::move(**found);
}

Result<std::optional<SourceActivity>> View::source_activity(const SourceSubject& subject) const {
  return find<SourceActivity>(Family::Ledger,
                              key::source_activity(subject.source, subject.field, subject.value));
}

Result<std::optional<SourceHealth>> View::source_health(std::string_view name) const {
  return find<SourceHealth>(Family::Ledger, key::source_health(name));
}

Result<bool> View::has_ruleset(const Hash256& hash) const {
  return has(Family::Contents, key::ruleset(hash));
}
Result<bool> View::has_packs(const Hash256& hash) const { return has(Family::Contents, key::packs(hash)); }
Result<bool> View::has_content(const Hash256& hash) const {
  return has(Family::Contents, key::content(hash));
}

Result<RuleManifestEntry> View::rule(const Hash256& ruleset, const RuleId& rule) const {
  auto found = find<RuleManifestEntry>(Family::Contents, key::ruleset_rule(ruleset, rule));
  if (!found) return failure(found.error());
  if (!*found) {
    return failure(ErrorKind::NotFound,
                   fmt::format("rule {} is not in rule set {}", rule.value, to_hex(ruleset)));
  }
  return std::move(**found);
}

Result<std::optional<IdempotencyRecord>> View::idempotency(std::string_view key) const {
  return find<IdempotencyRecord>(Family::Idempotency, key);
}

Result<std::optional<PersonRecord>> View::person(const PersonId& id) const {
  return find<PersonRecord>(Family::Admin, key::person(id));
}

Result<std::optional<PersonId>> View::person_by_login(const Hash256& login) const {
  auto bytes = db_.get(changes_, Family::Admin, key::login(login));
  if (!bytes) return failure(bytes.error());
  if (!*bytes) return std::optional<PersonId>();
  return std::optional<PersonId>(PersonId{**bytes});
}

Result<std::optional<ApiToken>> View::token(std::string_view id) const {
  return find<ApiToken>(Family::Admin, key::token(id));
}

Result<bool> View::has_token_hash(std::string_view hash) const {
  return has(Family::Admin, key::token_hash(hash));
}

}  // namespace countersign
