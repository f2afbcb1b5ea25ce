// SPDX-License-Identifier: Apache-2.0
#include "core/wire/report_fields.h"

#include <algorithm>

#include "core/wire/report.pb.h"

namespace countersign {
namespace {

/// The counts in the order of report.proto: one list for both directions.
template <class Counts, class Wire, class Visit>
void visit_counts(Counts& c, Wire& w, Visit visit) {
  visit(c.delivered, w.delivered(), &wire::Counts::set_delivered);
  visit(c.parsed, w.parsed(), &wire::Counts::set_parsed);
  visit(c.dead_lettered, w.dead_lettered(), &wire::Counts::set_dead_lettered);
  visit(c.events, w.events(), &wire::Counts::set_events);
  visit(c.undecodable, w.undecodable(), &wire::Counts::set_undecodable);
  visit(c.duplicate, w.duplicate(), &wire::Counts::set_duplicate);
  visit(c.unmatched, w.unmatched(), &wire::Counts::set_unmatched);
  visit(c.matched, w.matched(), &wire::Counts::set_matched);
  visit(c.matches, w.matches(), &wire::Counts::set_matches);
  visit(c.over_limit, w.over_limit(), &wire::Counts::set_over_limit);
  visit(c.suppressed, w.suppressed(), &wire::Counts::set_suppressed);
  visit(c.correlated, w.correlated(), &wire::Counts::set_correlated);
  visit(c.uncorrelated, w.uncorrelated(), &wire::Counts::set_uncorrelated);
  visit(c.attached, w.attached(), &wire::Counts::set_attached);
  visit(c.opened, w.opened(), &wire::Counts::set_opened);
  visit(c.repeated, w.repeated_offsets(), &wire::Counts::set_repeated_offsets);
}

}  // namespace

std::int64_t to_nanos(Timestamp time) { return time.time_since_epoch().count(); }
Timestamp from_nanos(std::int64_t nanos) { return Timestamp{std::chrono::nanoseconds{nanos}}; }

std::string hash_bytes(const Hash256& hash) { return std::string(as_text(hash.bytes)); }

bool read_hash(const std::string& bytes, Hash256& out) {
  out = Hash256{};
  if (bytes.empty()) return true;
  if (bytes.size() != out.bytes.size()) return false;
  std::ranges::copy(as_bytes(bytes), out.bytes.begin());
  return true;
}

bool read_level(std::uint32_t number, Level& out) {
  if (number < 1 || number > 5) return false;
  out = static_cast<Level>(number);
  return true;
}

void write_message(const SourcePartition& from, wire::Partition& to) {
  to.set_source(from.source.value);
  to.set_topic(from.topic.value);
  to.set_partition(from.partition);
}

bool read_message(const wire::Partition& from, SourcePartition& to) {
  to.source.value = from.source();
  to.topic.value = from.topic();
  to.partition = from.partition();
  return true;
}

void write_message(const Gap& from, wire::Gap& to) {
  to.set_start(from.start.value);
  to.set_end(from.end.value);
  to.set_cause(static_cast<std::uint32_t>(from.cause));
}

bool read_message(const wire::Gap& from, Gap& to) {
  if (from.cause() > static_cast<std::uint32_t>(GapCause::SkippedByOperator)) return false;
  to = {Offset{from.start()}, Offset{from.end()}, static_cast<GapCause>(from.cause())};
  return true;
}

void write_message(const LedgerCounts& from, wire::Counts& to) {
  visit_counts(from, to, [&to](std::uint64_t count, std::uint64_t, auto set) { (to.*set)(count); });
}

bool read_message(const wire::Counts& from, LedgerCounts& to) {
  visit_counts(to, from, [](std::uint64_t& count, std::uint64_t value, auto) { count = value; });
  return true;
}

void write_message(const SourcePosition& from, wire::Position& to) {
  to.set_next(from.next.value);
  to.set_incarnation(from.incarnation);
  to.set_event_time_max_ns(to_nanos(from.event_time_max));
  to.set_cursor(from.cursor);
}

bool read_message(const wire::Position& from, SourcePosition& to) {
  to.next.value = from.next();
  to.incarnation = from.incarnation();
  to.event_time_max = from_nanos(from.event_time_max_ns());
  to.cursor = from.cursor();
  return true;
}

void write_message(const GroupKeyPart& from, wire::GroupKeyPart& to) {
  to.set_field(from.field);
  to.set_present(from.present);
  to.set_folded(from.folded);
  to.set_shown(from.shown);
}

bool read_message(const wire::GroupKeyPart& from, GroupKeyPart& to) {
  to = {from.field(), from.present(), from.folded(), from.shown()};
  return true;
}

void write_message(const SampleEvent& from, wire::SampleEvent& to) {
  to.set_time_ns(to_nanos(from.time));
  to.set_hash(hash_bytes(from.hash));
  to.set_offset(from.offset.value);
  to.set_index(from.index);
  to.set_content(from.bytes);
  to.set_truncated(from.truncated);
  to.set_append_ns(to_nanos(from.append_time));
}

bool read_message(const wire::SampleEvent& from, SampleEvent& to) {
  to.time = from_nanos(from.time_ns());
  to.offset.value = from.offset();
  to.index = from.index();
  to.bytes = from.content();
  to.truncated = from.truncated();
  to.append_time = from_nanos(from.append_ns());
  return read_hash(from.hash(), to.hash);
}

void write_message(const Entity& from, wire::Entity& to) {
  to.set_field(from.field);
  to.set_value(from.value);
}

bool read_message(const wire::Entity& from, Entity& to) {
  to = {from.field(), from.value()};
  return true;
}

void write_message(const VendorAlert& from, wire::VendorAlert& to) {
  to.set_pack(from.pack);
  to.set_title(from.title);
  to.set_url(from.url);
  to.set_level(static_cast<std::uint32_t>(from.level));
  for (const VendorClaim& claim : from.claims) {
    wire::VendorClaim& out = *to.add_claims();
    out.set_time_ns(to_nanos(claim.time));
    out.set_status(claim.status);
  }
}

bool read_message(const wire::VendorAlert& from, VendorAlert& to) {
  to.pack = from.pack();
  to.title = from.title();
  to.url = from.url();
  for (const auto& claim : from.claims()) to.claims.push_back({from_nanos(claim.time_ns()), claim.status()});
  return read_level(from.level(), to.level);
}

void write_message(const Signal& from, wire::Signal& to) {
  to.set_rule(from.rule.value);
  for (const GroupKeyPart& part : from.group_key) write_message(part, *to.add_group_key());
  to.set_count(from.count);
  to.set_first_ns(to_nanos(from.first));
  to.set_last_ns(to_nanos(from.last));
  for (const SampleEvent& event : from.smallest) write_message(event, *to.add_smallest());
  for (const SampleEvent& event : from.largest) write_message(event, *to.add_largest());
  to.set_first_offset(from.first_offset.value);
  to.set_first_index(from.first_index);
  to.set_first_append_ns(to_nanos(from.first_append_time));
  for (const Entity& entity : from.entities) write_message(entity, *to.add_entities());
  to.set_explanation(from.explanation);
  if (from.vendor) write_message(*from.vendor, *to.mutable_vendor());
}

bool read_message(const wire::Signal& from, Signal& to) {
  to.rule.value = from.rule();
  for (const auto& part : from.group_key()) read_message(part, to.group_key.emplace_back());
  to.count = from.count();
  to.first = from_nanos(from.first_ns());
  to.last = from_nanos(from.last_ns());
  bool ok = true;
  for (const auto& event : from.smallest()) ok = read_message(event, to.smallest.emplace_back()) && ok;
  for (const auto& event : from.largest()) ok = read_message(event, to.largest.emplace_back()) && ok;
  to.first_offset.value = from.first_offset();
  to.first_index = from.first_index();
  to.first_append_time = from_nanos(from.first_append_ns());
  for (const auto& entity : from.entities()) read_message(entity, to.entities.emplace_back());
  to.explanation = from.explanation();
  if (from.has_vendor()) ok = read_message(from.vendor(), to.vendor.emplace()) && ok;
  return ok;
}

void write_message(const DeadLetter& from, wire::DeadLetter& to) {
  to.set_offset(from.offset.value);
  if (from.index) to.set_index(*from.index);
  to.set_reason(from.reason);
  to.set_text(from.message);
  to.set_content(from.bytes);
  to.set_truncated(from.truncated);
  to.set_length(from.length);
  to.set_hash(hash_bytes(from.hash));
  to.set_append_ns(to_nanos(from.append_time));
}

bool read_message(const wire::DeadLetter& from, DeadLetter& to) {
  to.offset.value = from.offset();
  if (from.has_index()) to.index = from.index();
  to.reason = from.reason();
  to.message = from.text();
  to.bytes = from.content();
  to.truncated = from.truncated();
  to.length = from.length();
  to.append_time = from_nanos(from.append_ns());
  return read_hash(from.hash(), to.hash);
}

void write_message(const RuleManifestEntry& from, wire::RuleManifestEntry& to) {
  to.set_id(from.id.value);
  to.set_content(hash_bytes(from.content));
  to.set_title(from.title);
  to.set_author(from.author);
  to.set_description(from.description);
  for (const std::string& reference : from.references) to.add_references(reference);
  for (const std::string& tag : from.tags) to.add_tags(tag);
  to.set_level(static_cast<std::uint32_t>(from.level));
  to.set_generate(from.generate);
}

bool read_message(const wire::RuleManifestEntry& from, RuleManifestEntry& to) {
  to.id.value = from.id();
  to.title = from.title();
  to.author = from.author();
  to.description = from.description();
  to.references.assign(from.references().begin(), from.references().end());
  to.tags.assign(from.tags().begin(), from.tags().end());
  to.generate = from.generate();
  return read_hash(from.content(), to.content) && read_level(from.level(), to.level);
}

}  // namespace countersign
