// SPDX-License-Identifier: Apache-2.0
#include "core/wire/stored.pb.h"
#include "store/codec_fields.h"

namespace countersign {
namespace {

template <class Set>
void put_time(const std::optional<Timestamp>& from, Set set) {
  if (from) set(to_nanos(*from));
}

void get_time(bool has, std::int64_t nanos, std::optional<Timestamp>& to) {
  if (has) to = from_nanos(nanos);
}

void write_decision(const Decision& from, wire::Decision& to) {
  to.set_verdict(static_cast<std::uint32_t>(from.verdict));
  to.set_reason_code(static_cast<std::uint32_t>(from.reason_code));
  write_message(from.decider, *to.mutable_decider());
  to.set_time_ns(to_nanos(from.time));
  to.set_entry(from.entry.value);
  to.set_events(from.events);
  put_time(from.last_event, [&to](std::int64_t ns) { to.set_last_event_ns(ns); });
  if (from.duplicate_of) write_message(*from.duplicate_of, *to.mutable_duplicate_of());
  to.set_reference(from.reference);
}

bool read_decision(const wire::Decision& from, Decision& to) {
  to.time = from_nanos(from.time_ns());
  to.entry.value = from.entry();
  to.events = from.events();
  get_time(from.has_last_event_ns(), from.last_event_ns(), to.last_event);
  if (from.has_duplicate_of()) read_message(from.duplicate_of(), to.duplicate_of.emplace());
  to.reference = from.reference();
  return read_enum(from.verdict(), Verdict::Disregard, to.verdict) &&
         read_enum(from.reason_code(), ReasonCode::NoData, to.reason_code) &&
         read_message(from.decider(), to.decider);
}

void write_review(const ReviewState& from, wire::ReviewState& to) {
  to.set_status(static_cast<std::uint32_t>(from.status));
  if (from.owner) to.set_owner(from.owner->value);
  put_time(from.lease_until, [&to](std::int64_t ns) { to.set_lease_until_ns(ns); });
  put_time(from.wake, [&to](std::int64_t ns) { to.set_wake_ns(ns); });
  if (from.decision) write_decision(*from.decision, *to.mutable_decision());
  to.set_rationale_given(from.rationale_given);
  to.set_due_ns(to_nanos(from.due));
  put_time(from.countersign_due, [&to](std::int64_t ns) { to.set_countersign_due_ns(ns); });
  for (const PersonId& person : from.eyes) to.add_eyes(person.value);
  put_time(from.first_owned, [&to](std::int64_t ns) { to.set_first_owned_ns(ns); });
  put_time(from.first_touched, [&to](std::int64_t ns) { to.set_first_touched_ns(ns); });
  put_time(from.decided, [&to](std::int64_t ns) { to.set_decided_ns(ns); });
  put_time(from.closed, [&to](std::int64_t ns) { to.set_closed_ns(ns); });
  put_time(from.approved, [&to](std::int64_t ns) { to.set_approved_ns(ns); });
  put_time(from.reopened, [&to](std::int64_t ns) { to.set_reopened_ns(ns); });
  to.set_review_missed(from.review_missed);
  to.set_countersign_missed(from.countersign_missed);
}

bool read_review(const wire::ReviewState& from, ReviewState& to) {
  if (from.has_owner()) to.owner = PersonId{from.owner()};
  get_time(from.has_lease_until_ns(), from.lease_until_ns(), to.lease_until);
  get_time(from.has_wake_ns(), from.wake_ns(), to.wake);
  bool ok = true;
  if (from.has_decision()) ok = read_decision(from.decision(), to.decision.emplace());
  to.rationale_given = from.rationale_given();
  to.due = from_nanos(from.due_ns());
  get_time(from.has_countersign_due_ns(), from.countersign_due_ns(), to.countersign_due);
  for (const std::string& person : from.eyes()) to.eyes.push_back(PersonId{person});
  get_time(from.has_first_owned_ns(), from.first_owned_ns(), to.first_owned);
  get_time(from.has_first_touched_ns(), from.first_touched_ns(), to.first_touched);
  get_time(from.has_decided_ns(), from.decided_ns(), to.decided);
  get_time(from.has_closed_ns(), from.closed_ns(), to.closed);
  get_time(from.has_approved_ns(), from.approved_ns(), to.approved);
  get_time(from.has_reopened_ns(), from.reopened_ns(), to.reopened);
  to.review_missed = from.review_missed();
  to.countersign_missed = from.countersign_missed();
  return read_enum(from.status(), Status::ExpiredUnreviewed, to.status) && ok;
}

void write_undo(const UndoPoint& from, wire::UndoPoint& to) {
  write_message(from.actor, *to.mutable_actor());
  to.set_time_ns(to_nanos(from.time));
  to.set_action(static_cast<std::uint32_t>(from.action));
  write_review(from.before, *to.mutable_before());
}

bool read_undo(const wire::UndoPoint& from, UndoPoint& to) {
  to.time = from_nanos(from.time_ns());
  return read_message(from.actor(), to.actor) && read_review(from.before(), to.before) &&
         read_enum(from.action(), ActionKind::ExpireUnreviewed, to.action);
}

void write_facts(const Alert& from, wire::AlertRecord& to) {
  write_message(from.id, *to.mutable_id());
  to.set_version(from.version.value);
  to.set_kind(static_cast<std::uint32_t>(from.kind));
  to.set_rule(from.rule_id.value);
  to.set_rule_content(hash_bytes(from.rule_content));
  to.set_ruleset(hash_bytes(from.ruleset));
  to.set_title(from.title);
  to.set_description(from.description);
  to.set_author(from.author);
  for (const std::string& reference : from.references) to.add_references(reference);
  for (const std::string& tag : from.tags) to.add_tags(tag);
  to.set_severity(static_cast<std::uint32_t>(from.severity));
  to.set_severity_source(from.severity_source);
  write_message(from.source, *to.mutable_source());
  for (const GroupKeyPart& part : from.group_key) write_message(part, *to.add_group_key());
  to.set_generation(from.generation);
  for (const AlertId& link : from.links) write_message(link, *to.add_links());
  to.set_queue(from.queue.value);
  to.set_policy(from.policy);
  to.set_owner_group(from.owner_group);
  to.set_retention_class(from.retention_class);
  to.set_legal_hold(from.legal_hold);
  to.set_incident(from.incident);
  for (const Entity& entity : from.entities) write_message(entity, *to.add_entities());
  put_time(from.times.append, [&to](std::int64_t ns) { to.set_append_ns(ns); });
  to.set_opened_ns(to_nanos(from.times.opened));
  to.set_claimed(from.claimed);
  put_time(from.claimed_time, [&to](std::int64_t ns) { to.set_claimed_ns(ns); });
  put_time(from.times.first_seen, [&to](std::int64_t ns) { to.set_first_seen_ns(ns); });
}

bool read_facts(const wire::AlertRecord& from, Alert& to) {
  read_message(from.id(), to.id);
  to.version.value = from.version();
  to.rule_id.value = from.rule();
  to.title = from.title();
  to.description = from.description();
  to.author = from.author();
  to.references.assign(from.references().begin(), from.references().end());
  to.tags.assign(from.tags().begin(), from.tags().end());
  to.severity_source = from.severity_source();
  read_message(from.source(), to.source);
  for (const auto& part : from.group_key()) read_message(part, to.group_key.emplace_back());
  to.generation = from.generation();
  for (const auto& link : from.links()) read_message(link, to.links.emplace_back());
  to.queue.value = from.queue();
  to.policy = from.policy();
  to.owner_group = from.owner_group();
  to.retention_class = from.retention_class();
  to.legal_hold = from.legal_hold();
  to.incident = from.incident();
  for (const auto& entity : from.entities()) read_message(entity, to.entities.emplace_back());
  get_time(from.has_append_ns(), from.append_ns(), to.times.append);
  to.times.opened = from_nanos(from.opened_ns());
  to.claimed = from.claimed();
  get_time(from.has_claimed_ns(), from.claimed_ns(), to.claimed_time);
  get_time(from.has_first_seen_ns(), from.first_seen_ns(), to.times.first_seen);
  return read_hash(from.rule_content(), to.rule_content) && read_hash(from.ruleset(), to.ruleset) &&
         read_enum(from.kind(), AlertKind::Self, to.kind) && read_level(from.severity(), to.severity);
}

}  // namespace

void write_message(const AlertId& from, wire::AlertIdMessage& to) {
  to.set_epoch(from.epoch);
  to.set_shard(from.shard);
  to.set_counter(from.counter);
}

bool read_message(const wire::AlertIdMessage& from, AlertId& to) {
  to = {from.epoch(), static_cast<std::uint16_t>(from.shard()), from.counter()};
  return true;
}

void write_message(const AlertRecord& from, wire::AlertRecord& to) {
  write_facts(from.facts, to);
  to.set_incarnation(from.incarnation);
  to.set_offset(from.offset.value);
  to.set_index(from.index);
  write_review(from.review, *to.mutable_review());
  if (from.undo) write_undo(*from.undo, *to.mutable_undo());
  to.set_last_entry(from.last_entry.value);
}

bool read_message(const wire::AlertRecord& from, AlertRecord& to) {
  to.incarnation = from.incarnation();
  to.offset.value = from.offset();
  to.index = from.index();
  to.last_entry.value = from.last_entry();
  bool ok = read_facts(from, to.facts) && read_review(from.review(), to.review);
  if (from.has_undo()) ok = read_undo(from.undo(), to.undo.emplace()) && ok;
  return ok;
}

void write_message(const HistoryRow& from, wire::HistoryRow& to) {
  to.set_entry(from.entry.value);
  to.set_type(from.type);
  to.set_time_ns(to_nanos(from.time));
  wire::ActorContext& context = *to.mutable_context();
  write_message(from.context.actor, *context.mutable_actor());
  context.set_auth_method(from.context.auth_method);
  context.set_auth_time_ns(to_nanos(from.context.auth_time));
  context.set_session_hash(from.context.session_hash);
  context.set_role(from.context.role);
  context.set_channel(from.context.channel);
  context.set_request(from.context.request);
  to.set_version(from.version.value);
  to.set_status_before(static_cast<std::uint32_t>(from.status_before));
  to.set_status_after(static_cast<std::uint32_t>(from.status_after));
  if (from.owner_before) to.set_owner_before(from.owner_before->value);
  if (from.owner_after) to.set_owner_after(from.owner_after->value);
  if (from.verdict_before) to.set_verdict_before(static_cast<std::uint32_t>(*from.verdict_before));
  if (from.verdict_after) to.set_verdict_after(static_cast<std::uint32_t>(*from.verdict_after));
  if (from.reason_code) to.set_reason_code(static_cast<std::uint32_t>(*from.reason_code));
  to.set_policy(from.policy);
  to.set_batch(from.batch);
}

bool read_message(const wire::HistoryRow& from, HistoryRow& to) {
  to.entry.value = from.entry();
  to.type = from.type();
  to.time = from_nanos(from.time_ns());
  const wire::ActorContext& context = from.context();
  to.context.auth_method = context.auth_method();
  to.context.auth_time = from_nanos(context.auth_time_ns());
  to.context.session_hash = context.session_hash();
  to.context.role = context.role();
  to.context.channel = context.channel();
  to.context.request = context.request();
  to.version.value = from.version();
  if (from.has_owner_before()) to.owner_before = PersonId{from.owner_before()};
  if (from.has_owner_after()) to.owner_after = PersonId{from.owner_after()};
  to.policy = from.policy();
  to.batch = from.batch();
  bool ok = read_message(context.actor(), to.context.actor) &&
            read_enum(from.status_before(), Status::ExpiredUnreviewed, to.status_before) &&
            read_enum(from.status_after(), Status::ExpiredUnreviewed, to.status_after);
  if (from.has_verdict_before()) {
    ok = read_enum(from.verdict_before(), Verdict::Disregard, to.verdict_before.emplace()) && ok;
  }
  if (from.has_verdict_after()) {
    ok = read_enum(from.verdict_after(), Verdict::Disregard, to.verdict_after.emplace()) && ok;
  }
  if (from.has_reason_code()) {
    ok = read_enum(from.reason_code(), ReasonCode::NoData, to.reason_code.emplace()) && ok;
  }
  return ok;
}

void write_message(const QueuePlace& from, wire::QueuePlace& to) {
  to.set_status(static_cast<std::uint32_t>(from.status));
  to.set_severity(static_cast<std::uint32_t>(from.severity));
  to.set_due_ns(to_nanos(from.due));
  if (from.owner) to.set_owner(from.owner->value);
}

bool read_message(const wire::QueuePlace& from, QueuePlace& to) {
  to.due = from_nanos(from.due_ns());
  if (from.has_owner()) to.owner = PersonId{from.owner()};
  return read_enum(from.status(), Status::ExpiredUnreviewed, to.status) &&
         read_level(from.severity(), to.severity);
}

}  // namespace countersign
