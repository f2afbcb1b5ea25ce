// SPDX-License-Identifier: Apache-2.0
#include "store/codec.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/wire/stored.pb.h"
#include "store/codec_fields.h"

namespace countersign {
namespace {

// The records that stand in no other message.

void write_message(const QueueRow& from, wire::QueueRow& to) {
  to.set_status(static_cast<std::uint32_t>(from.place.status));
  to.set_severity(static_cast<std::uint32_t>(from.place.severity));
  to.set_due_ns(to_nanos(from.place.due));
  if (from.place.owner) to.set_owner(from.place.owner->value);
  if (from.verdict) to.set_verdict(static_cast<std::uint32_t>(*from.verdict));
  to.set_queue(from.queue.value);
  to.set_source(from.source.value);
  to.set_rule(from.rule.value);
  to.set_kind(static_cast<std::uint32_t>(from.kind));
  to.set_opened_ns(to_nanos(from.opened));
  to.set_title(from.title);
  to.set_overdue(from.overdue);
}

bool read_message(const wire::QueueRow& from, QueueRow& to) {
  to.place.due = from_nanos(from.due_ns());
  if (from.has_owner()) to.place.owner = PersonId{from.owner()};
  to.queue.value = from.queue();
  to.source.value = from.source();
  to.rule.value = from.rule();
  to.opened = from_nanos(from.opened_ns());
  to.title = from.title();
  to.overdue = from.overdue();
  bool ok = read_enum(from.status(), Status::ExpiredUnreviewed, to.place.status) &&
            read_level(from.severity(), to.place.severity) &&
            read_enum(from.kind(), AlertKind::Self, to.kind);
  if (from.verdict() != 0) ok = read_enum(from.verdict(), Verdict::Disregard, to.verdict.emplace()) && ok;
  return ok;
}

void write_message(const OpenRange& from, wire::OpenRange& to) {
  countersign::write_message(from.row, *to.mutable_row());
  to.set_reports(from.reports);
  to.set_ruleset(hash_bytes(from.ruleset));
  to.set_packs(hash_bytes(from.packs));
  to.set_digests(from.digests);
  to.set_began_ns(to_nanos(from.began));
}

bool read_message(const wire::OpenRange& from, OpenRange& to) {
  to.reports = from.reports();
  to.digests = from.digests();
  to.began = from_nanos(from.began_ns());
  return countersign::read_message(from.row(), to.row) && read_hash(from.ruleset(), to.ruleset) &&
         read_hash(from.packs(), to.packs);
}

void write_message(const RangeReport& from, wire::RangeReport& to) {
  to.set_start(from.start.value);
  to.set_end(from.end.value);
  if (from.digest) to.set_digest(hash_bytes(*from.digest));
  for (const Gap& gap : from.gaps) countersign::write_message(gap, *to.add_gaps());
}

bool read_message(const wire::RangeReport& from, RangeReport& to) {
  to.start.value = from.start();
  to.end.value = from.end();
  bool ok = true;
  if (!from.digest().empty()) ok = read_hash(from.digest(), to.digest.emplace());
  for (const auto& gap : from.gaps()) ok = countersign::read_message(gap, to.gaps.emplace_back()) && ok;
  return ok;
}

void write_message(const FinishedRange& from, wire::LedgerRow& to) {
  countersign::write_message(from.row, to);
  to.set_entry(from.entry.value);
}

bool read_message(const wire::LedgerRow& from, FinishedRange& to) {
  to.entry.value = from.entry();
  return countersign::read_message(from, to.row);
}

void write_message(const IdempotencyRecord& from, wire::IdempotencyRecord& to) {
  to.set_fingerprint(from.fingerprint);
  countersign::write_message(from.alert, *to.mutable_alert());
  countersign::write_message(from.counts, *to.mutable_counts());
  to.set_entry(from.entry.value);
  to.set_expires_ns(to_nanos(from.expires));
}

bool read_message(const wire::IdempotencyRecord& from, IdempotencyRecord& to) {
  to.fingerprint = from.fingerprint();
  to.entry.value = from.entry();
  to.expires = from_nanos(from.expires_ns());
  return countersign::read_message(from.alert(), to.alert) &&
         countersign::read_message(from.counts(), to.counts);
}

void write_message(const Session& from, wire::Session& to) {
  to.set_hash(from.hash);
  to.set_person(from.person.value);
  to.set_auth_method(from.auth_method);
  to.set_channel(from.channel);
  to.set_created_ns(to_nanos(from.created));
  to.set_expires_ns(to_nanos(from.expires));
}

bool read_message(const wire::Session& from, Session& to) {
  to = {from.hash(),    PersonId{from.person()},       from.auth_method(),
        from.channel(), from_nanos(from.created_ns()), from_nanos(from.expires_ns())};
  return true;
}

void write_message(const Unrecorded& from, wire::Unrecorded& to) {
  if (from.person) {
    countersign::write_message(PersonRecord{*from.person, {}}, *to.mutable_person());
    to.set_login(from.person->login);
    to.set_display_name(from.person->display_name);
  }
  if (from.token) countersign::write_message(*from.token, *to.mutable_token());
}

bool read_message(const wire::Unrecorded& from, Unrecorded& to) {
  bool ok = true;
  if (from.has_person()) {
    PersonRecord record;
    ok = countersign::read_message(from.person(), record);
    to.person = std::move(record.person);
    to.person->login = from.login();
    to.person->display_name = from.display_name();
  }
  if (from.has_token()) ok = countersign::read_message(from.token(), to.token.emplace()) && ok;
  return ok;
}

void write_message(const Head& from, wire::Head& to) {
  to.set_next_batch(from.next_batch);
  to.set_next_entry(from.next_entry);
  to.set_next_alert(from.next_alert);
  to.set_next_dead_letter(from.next_dead_letter);
  to.set_time_ns(to_nanos(from.time));
}

bool read_message(const wire::Head& from, Head& to) {
  to = {from.next_batch(), from.next_entry(), from.next_alert(), from.next_dead_letter(),
        from_nanos(from.time_ns())};
  return true;
}

template <class Message, class Value>
std::string pack(const Value& value) {
  Message message;
  write_message(value, message);
  return message.SerializeAsString();
}

template <class Message, class Value>
Result<Value> unpack(std::string_view bytes, std::string_view name) {
  Message message;
  Value value;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
      !read_message(message, value)) {
    return failure(ErrorKind::Corrupt, fmt::format("stored {}: {} bytes cannot be read", name, bytes.size()));
  }
  return value;
}

}  // namespace

std::string encode(const AlertRecord& value) { return pack<wire::AlertRecord>(value); }
std::string encode(const AlertCounts& value) { return pack<wire::AlertCounts>(value); }
std::string encode(const SampleHeads& value) { return pack<wire::SampleHeads>(value); }
std::string encode(const HistoryRow& value) { return pack<wire::HistoryRow>(value); }
std::string encode(const QueueRow& value) { return pack<wire::QueueRow>(value); }
std::string encode(const GroupRecord& value) { return pack<wire::GroupRecord>(value); }
std::string encode(const LedgerRow& value) { return pack<wire::LedgerRow>(value); }
std::string encode(const OpenRange& value) { return pack<wire::OpenRange>(value); }
std::string encode(const RangeReport& value) { return pack<wire::RangeReport>(value); }
std::string encode(const FinishedRange& value) { return pack<wire::LedgerRow>(value); }
std::string encode(const SourcePosition& value) { return pack<wire::Position>(value); }
std::string encode(const StoredDeadLetter& value) { return pack<wire::StoredDeadLetter>(value); }
std::string encode(const LetterStatus& value) { return pack<wire::LetterStatus>(value); }
std::string encode(const LetterTally& value) { return pack<wire::LetterTally>(value); }
std::string encode(const ReplayRecord& value) { return pack<wire::ReplayRecord>(value); }
std::string encode(const SourceActivity& value) { return pack<wire::SourceActivity>(value); }
std::string encode(const SourceHealth& value) { return pack<wire::SourceHealth>(value); }
std::string encode(const Sealed& value) { return pack<wire::Sealed>(value); }
std::string encode(const PayloadKey& value) { return pack<wire::PayloadKey>(value); }
std::string encode(const IdempotencyRecord& value) { return pack<wire::IdempotencyRecord>(value); }
std::string encode(const PersonRecord& value) { return pack<wire::Person>(value); }
std::string encode(const Session& value) { return pack<wire::Session>(value); }
std::string encode(const ApiToken& value) { return pack<wire::ApiToken>(value); }
std::string encode(const Unrecorded& value) { return pack<wire::Unrecorded>(value); }
std::string encode(const Identity& value) { return pack<wire::Identity>(value); }
std::string encode(const Current& value) { return pack<wire::Current>(value); }
std::string encode(const Head& value) { return pack<wire::Head>(value); }
std::string encode(const RuleManifestEntry& value) { return pack<wire::RuleManifestEntry>(value); }

#define COUNTERSIGN_DECODE(Type, Message, name)       \
  template <>                                         \
  Result<Type> decode<Type>(std::string_view bytes) { \
    return unpack<wire::Message, Type>(bytes, name);  \
  }

COUNTERSIGN_DECODE(AlertRecord, AlertRecord, "alert")
COUNTERSIGN_DECODE(AlertCounts, AlertCounts, "counts")
COUNTERSIGN_DECODE(SampleHeads, SampleHeads, "samples")
COUNTERSIGN_DECODE(HistoryRow, HistoryRow, "history row")
COUNTERSIGN_DECODE(QueueRow, QueueRow, "queue row")
COUNTERSIGN_DECODE(GroupRecord, GroupRecord, "group")
COUNTERSIGN_DECODE(LedgerRow, LedgerRow, "ledger row")
COUNTERSIGN_DECODE(OpenRange, OpenRange, "open range")
COUNTERSIGN_DECODE(RangeReport, RangeReport, "report of a range")
COUNTERSIGN_DECODE(FinishedRange, LedgerRow, "range")
COUNTERSIGN_DECODE(SourcePosition, Position, "position")
COUNTERSIGN_DECODE(StoredDeadLetter, StoredDeadLetter, "dead letter")
COUNTERSIGN_DECODE(LetterStatus, LetterStatus, "status of a dead letter")
COUNTERSIGN_DECODE(LetterTally, LetterTally, "tally of dead letters")
COUNTERSIGN_DECODE(ReplayRecord, ReplayRecord, "replay")
COUNTERSIGN_DECODE(SourceActivity, SourceActivity, "activity of a source")
COUNTERSIGN_DECODE(SourceHealth, SourceHealth, "health of a source")
COUNTERSIGN_DECODE(Sealed, Sealed, "payload")
COUNTERSIGN_DECODE(PayloadKey, PayloadKey, "payload key")
COUNTERSIGN_DECODE(IdempotencyRecord, IdempotencyRecord, "idempotency record")
COUNTERSIGN_DECODE(PersonRecord, Person, "person")
COUNTERSIGN_DECODE(Session, Session, "session")
COUNTERSIGN_DECODE(ApiToken, ApiToken, "token")
COUNTERSIGN_DECODE(Unrecorded, Unrecorded, "unrecorded person or token")
COUNTERSIGN_DECODE(Identity, Identity, "identity")
COUNTERSIGN_DECODE(Current, Current, "current settings")
COUNTERSIGN_DECODE(Head, Head, "head")
COUNTERSIGN_DECODE(RuleManifestEntry, RuleManifestEntry, "rule manifest entry")

#undef COUNTERSIGN_DECODE

std::string merge_counts(std::optional<std::string_view> existing,
                         std::span<const std::string_view> operands) {
  AlertCounts sum;
  const auto add = [&sum](std::string_view bytes) {
    const auto counts = decode<AlertCounts>(bytes);
    if (!counts) {
      sum.damaged = true;
      return;
    }
    sum.damaged = sum.damaged || counts->damaged;
    if (counts->count == 0) return;
    sum.first = sum.count == 0 ? counts->first : std::min(sum.first, counts->first);
    sum.last = sum.count == 0 ? counts->last : std::max(sum.last, counts->last);
    sum.count += counts->count;
  };
  if (existing) add(*existing);
  for (const std::string_view operand : operands) add(operand);
  return encode(sum);
}

}  // namespace countersign
