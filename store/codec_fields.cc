// SPDX-License-Identifier: Apache-2.0
#include "store/codec_fields.h"

#include "core/wire/stored.pb.h"

namespace countersign {
namespace {

void write_head(const SampleHead& from, wire::SampleHead& to) {
  to.set_time_ns(to_nanos(from.time));
  to.set_hash(hash_bytes(from.hash));
  to.set_offset(from.offset.value);
  to.set_index(from.index);
  to.set_truncated(from.truncated);
  to.set_append_ns(to_nanos(from.append_time));
}

bool read_head(const wire::SampleHead& from, SampleHead& to) {
  to.time = from_nanos(from.time_ns());
  to.offset.value = from.offset();
  to.index = from.index();
  to.truncated = from.truncated();
  to.append_time = from_nanos(from.append_ns());
  return read_hash(from.hash(), to.hash);
}

void write_policy(const Policy& from, wire::Policy& to) {
  to.set_version(from.version);
  for (const std::chrono::minutes target : from.review_target) {
    to.add_review_target_minutes(static_cast<std::uint64_t>(target.count()));
  }
  to.set_quiet_period_minutes(static_cast<std::uint64_t>(from.quiet_period.count()));
  to.set_lease_minutes(static_cast<std::uint64_t>(from.lease.count()));
  to.set_undo_window_minutes(static_cast<std::uint64_t>(from.undo_window.count()));
  to.set_rationale_from(static_cast<std::uint32_t>(from.rationale_from));
  if (from.countersign_from) to.set_countersign_from(static_cast<std::uint32_t>(*from.countersign_from));
  to.set_countersign_target_minutes(static_cast<std::uint64_t>(from.countersign_target.count()));
}

bool read_policy(const wire::Policy& from, Policy& to) {
  to.version = from.version();
  if (from.review_target_minutes_size() != static_cast<int>(to.review_target.size())) return false;
  for (int i = 0; i < from.review_target_minutes_size(); ++i) {
    to.review_target[static_cast<std::size_t>(i)] = std::chrono::minutes{from.review_target_minutes(i)};
  }
  to.quiet_period = std::chrono::minutes{from.quiet_period_minutes()};
  to.lease = std::chrono::minutes{from.lease_minutes()};
  to.undo_window = std::chrono::minutes{from.undo_window_minutes()};
  to.countersign_target = std::chrono::minutes{from.countersign_target_minutes()};
  bool ok = read_level(from.rationale_from(), to.rationale_from);
  if (from.countersign_from() != 0) {
    ok = read_level(from.countersign_from(), to.countersign_from.emplace()) && ok;
  }
  return ok;
}

}  // namespace

void write_message(const AlertCounts& from, wire::AlertCounts& to) {
  to.set_count(from.count);
  to.set_first_ns(to_nanos(from.first));
  to.set_last_ns(to_nanos(from.last));
  to.set_damaged(from.damaged);
}

bool read_message(const wire::AlertCounts& from, AlertCounts& to) {
  to = {from.count(), from_nanos(from.first_ns()), from_nanos(from.last_ns()), from.damaged()};
  return true;
}

void write_message(const SampleHeads& from, wire::SampleHeads& to) {
  for (const SampleHead& head : from.smallest) write_head(head, *to.add_smallest());
  for (const SampleHead& head : from.largest) write_head(head, *to.add_largest());
}

bool read_message(const wire::SampleHeads& from, SampleHeads& to) {
  bool ok = true;
  for (const auto& head : from.smallest()) ok = read_head(head, to.smallest.emplace_back()) && ok;
  for (const auto& head : from.largest()) ok = read_head(head, to.largest.emplace_back()) && ok;
  return ok;
}

void write_message(const GroupRecord& from, wire::GroupRecord& to) {
  write_message(from.current, *to.mutable_current());
  to.set_generations(from.generations);
}

bool read_message(const wire::GroupRecord& from, GroupRecord& to) {
  to.generations = from.generations();
  return read_message(from.current(), to.current);
}

void write_message(const LedgerRow& from, wire::LedgerRow& to) {
  write_message(from.partition, *to.mutable_partition());
  to.set_incarnation(from.incarnation);
  to.set_start(from.start.value);
  to.set_end(from.end.value);
  write_message(from.counts, *to.mutable_counts());
  for (const auto& [cause, offsets] : from.gaps) {
    wire::GapCount& gap = *to.add_gaps();
    gap.set_cause(static_cast<std::uint32_t>(cause));
    gap.set_offsets(offsets);
  }
  to.set_dropped_reports(from.dropped_reports);
}

bool read_message(const wire::LedgerRow& from, LedgerRow& to) {
  read_message(from.partition(), to.partition);
  to.incarnation = from.incarnation();
  to.start.value = from.start();
  to.end.value = from.end();
  read_message(from.counts(), to.counts);
  for (const wire::GapCount& gap : from.gaps()) {
    if (gap.cause() > static_cast<std::uint32_t>(GapCause::SkippedByOperator)) return false;
    to.gaps[static_cast<GapCause>(gap.cause())] = gap.offsets();
  }
  to.dropped_reports = from.dropped_reports();
  return true;
}

void write_message(const StoredDeadLetter& from, wire::StoredDeadLetter& to) {
  write_message(from.partition, *to.mutable_partition());
  to.set_incarnation(from.incarnation);
  write_message(from.letter, *to.mutable_letter());
  to.set_stored_ns(to_nanos(from.stored));
  if (from.origin != from.partition.source) to.set_origin(from.origin.value);
}

bool read_message(const wire::StoredDeadLetter& from, StoredDeadLetter& to) {
  read_message(from.partition(), to.partition);
  to.incarnation = from.incarnation();
  to.stored = from_nanos(from.stored_ns());
  to.origin = from.origin().empty() ? to.partition.source : SourceName{from.origin()};
  return read_message(from.letter(), to.letter);
}

void write_message(const Sealed& from, wire::Sealed& to) {
  to.set_nonce(from.nonce);
  to.set_ciphertext(from.ciphertext);
}

bool read_message(const wire::Sealed& from, Sealed& to) {
  to = {from.nonce(), from.ciphertext()};
  return true;
}

void write_message(const PayloadKey& from, wire::PayloadKey& to) {
  to.set_secret(from.secret);
  to.set_salt(from.salt);
}

bool read_message(const wire::PayloadKey& from, PayloadKey& to) {
  to = {from.secret(), from.salt()};
  return true;
}

void write_message(const PersonRecord& from, wire::Person& to) {
  to.set_id(from.person.id.value);
  for (const Role role : from.person.roles) to.add_roles(static_cast<std::uint32_t>(role));
  to.set_password_hash(from.person.password_hash);
  to.set_disabled(from.person.disabled);
  to.set_created_ns(to_nanos(from.person.created));
  to.set_sessions_from_ns(to_nanos(from.sessions_from));
}

bool read_message(const wire::Person& from, PersonRecord& to) {
  to.person.id.value = from.id();
  to.person.password_hash = from.password_hash();
  to.person.disabled = from.disabled();
  to.person.created = from_nanos(from.created_ns());
  to.sessions_from = from_nanos(from.sessions_from_ns());
  bool ok = true;
  for (const std::uint32_t role : from.roles()) {
    ok = read_enum(role, Role::RuleAuthor, to.person.roles.emplace_back()) && ok;
  }
  return ok;
}

void write_message(const ApiToken& from, wire::ApiToken& to) {
  to.set_id(from.id);
  to.set_name(from.name);
  to.set_hash(from.hash);
  for (const std::string& scope : from.scopes) to.add_scopes(scope);
  to.set_created_ns(to_nanos(from.created));
  to.set_expires_ns(to_nanos(from.expires));
  if (from.last_used) to.set_last_used_ns(to_nanos(*from.last_used));
  to.set_revoked(from.revoked);
}

bool read_message(const wire::ApiToken& from, ApiToken& to) {
  to.id = from.id();
  to.name = from.name();
  to.hash = from.hash();
  to.scopes.assign(from.scopes().begin(), from.scopes().end());
  to.created = from_nanos(from.created_ns());
  to.expires = from_nanos(from.expires_ns());
  if (from.has_last_used_ns()) to.last_used = from_nanos(from.last_used_ns());
  to.revoked = from.revoked();
  return true;
}

void write_message(const Identity& from, wire::Identity& to) {
  to.set_schema(from.schema);
  to.set_epoch(from.epoch);
  to.set_origin(from.origin);
  to.set_vkey(from.vkey);
  to.set_store_key(from.store_key);
}

bool read_message(const wire::Identity& from, Identity& to) {
  to = {from.schema(), from.epoch(), from.origin(), from.vkey(), from.store_key()};
  return true;
}

void write_message(const Current& from, wire::Current& to) {
  write_policy(from.policy, *to.mutable_policy());
  to.set_policy_hash(hash_bytes(from.policy_hash));
  to.set_ruleset(hash_bytes(from.ruleset));
  to.set_packs(hash_bytes(from.packs));
  to.set_build(from.build);
  to.set_running(from.running);
}

bool read_message(const wire::Current& from, Current& to) {
  to.build = from.build();
  to.running = from.running();
  return read_policy(from.policy(), to.policy) && read_hash(from.policy_hash(), to.policy_hash) &&
         read_hash(from.ruleset(), to.ruleset) && read_hash(from.packs(), to.packs);
}

}  // namespace countersign
