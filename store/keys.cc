// SPDX-License-Identifier: Apache-2.0
#include "store/keys.h"

#include "core/case_fold.h"
#include "core/wire/report_fields.h"

namespace countersign::key {
namespace {

constexpr std::size_t kAlertBytes = 14;

template <class Number>
void append(Number value, std::string& out) {
  for (int shift = (static_cast<int>(sizeof(Number)) - 1) * 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>((value >> shift) & 0xFFU));
  }
}

template <class Number>
Number read(std::string_view bytes) {
  Number value = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    value = static_cast<Number>((value << 8U) | static_cast<std::uint8_t>(bytes[i]));
  }
  return value;
}

void append_alert(const AlertId& id, std::string& out) {
  append(id.epoch, out);
  append(id.shard, out);
  append(id.counter, out);
}

void append_text(std::string_view text, std::string& out) {
  for (const char c : text) {
    out.push_back(c);
    if (c == '\0') out.push_back('\xFF');
  }
  out.push_back('\0');
  out.push_back('\x01');
}

constexpr std::uint64_t kSign = std::uint64_t{1} << 63U;

void append_time(Timestamp time, std::string& out) {
  append(static_cast<std::uint64_t>(to_nanos(time)) ^ kSign, out);
}

Timestamp read_time(std::string_view bytes) {
  return from_nanos(static_cast<std::int64_t>(read<std::uint64_t>(bytes) ^ kSign));
}

void append_partition(const SourcePartition& partition, std::string& out) {
  append_text(partition.source.value, out);
  append_text(partition.topic.value, out);
  append(static_cast<std::uint32_t>(partition.partition) ^ (std::uint32_t{1} << 31U), out);
}

std::string with_partition(char kind, const SourcePartition& partition) {
  std::string out(1, kind);
  append_partition(partition, out);
  return out;
}

char closedness(Status status) { return status == Status::Closed ? '\1' : '\0'; }
char worst_first(Level severity) { return static_cast<char>(255U - static_cast<unsigned>(severity)); }

void append_rank(const QueuePlace& place, const AlertId& id, std::string& out) {
  out.push_back(closedness(place.status));
  out.push_back(worst_first(place.severity));
  append_time(place.due, out);
  append_alert(id, out);
}

std::string with_hash(char kind, const Hash256& hash) {
  std::string out(1, kind);
  out += as_text(hash.bytes);
  return out;
}

std::string with_text(char kind, std::string_view text) {
  std::string out(1, kind);
  out += text;
  return out;
}

}  // namespace

std::string number(std::uint64_t value) {
  std::string out;
  append(value, out);
  return out;
}

std::uint64_t parse_number(std::string_view bytes) {
  return bytes.size() == sizeof(std::uint64_t) ? read<std::uint64_t>(bytes) : 0;
}

std::string alert(const AlertId& id) {
  std::string out;
  append_alert(id, out);
  return out;
}

std::optional<AlertId> parse_alert(std::string_view bytes) {
  if (bytes.size() != kAlertBytes) return std::nullopt;
  AlertId id;
  id.epoch = read<std::uint32_t>(bytes);
  id.shard = read<std::uint16_t>(bytes.substr(4));
  id.counter = read<std::uint64_t>(bytes.substr(6));
  return id;
}

std::optional<AlertId> alert_at_end(std::string_view bytes) {
  if (bytes.size() < kAlertBytes) return std::nullopt;
  return parse_alert(bytes.substr(bytes.size() - kAlertBytes));
}

std::string history(const AlertId& id, EntrySeq entry) {
  std::string out = alert(id);
  append(entry.value, out);
  return out;
}

std::string queue_status(const QueuePlace& place, const AlertId& id) {
  std::string out(1, static_cast<char>(place.status));
  out.push_back(worst_first(place.severity));
  append_time(place.due, out);
  append_alert(id, out);
  return out;
}

std::string queue_severity(const QueuePlace& place, const AlertId& id) {
  std::string out;
  append_rank(place, id, out);
  return out;
}

std::string queue_due(const QueuePlace& place, const AlertId& id) {
  std::string out(1, closedness(place.status));
  append_time(place.due, out);
  append_alert(id, out);
  return out;
}

std::string queue_owner(const QueuePlace& place, const AlertId& id) {
  std::string out = owner_prefix(place.owner.value_or(PersonId{}));
  append_rank(place, id, out);
  return out;
}

std::string queue_entity(const Entity& entity, const QueuePlace& place, const AlertId& id) {
  std::string out = entity_prefix(entity);
  append_rank(place, id, out);
  return out;
}

std::string owner_prefix(const PersonId& owner) {
  std::string out;
  append_text(owner.value, out);
  return out;
}

std::string entity_prefix(const Entity& entity) {
  std::string out;
  append_text(entity.field, out);
  append_text(case_fold(entity.value), out);
  return out;
}

std::string due(Timestamp time, DueKind kind, std::string_view subject) {
  std::string out = due_from(time);
  out.push_back(static_cast<char>(kind));
  out += subject;
  return out;
}

std::optional<DueParts> parse_due(std::string_view bytes) {
  if (bytes.size() < 9) return std::nullopt;
  return DueParts{read_time(bytes), static_cast<DueKind>(bytes[8]), std::string(bytes.substr(9))};
}

std::string due_from(Timestamp time) {
  std::string out;
  append_time(time, out);
  return out;
}

std::string position(const SourcePartition& partition) { return with_partition('p', partition); }

std::string ledger_sum(const SourcePartition& partition, std::uint32_t incarnation) {
  std::string out = with_partition('s', partition);
  append(incarnation, out);
  return out;
}

std::string open_range(const SourcePartition& partition) { return with_partition('o', partition); }

std::string open_range_report(const SourcePartition& partition, std::uint32_t number) {
  std::string out = with_partition('i', partition);
  append(number, out);
  return out;
}

std::string range(const SourcePartition& partition, std::uint32_t incarnation, Offset start) {
  std::string out = with_partition('r', partition);
  append(incarnation, out);
  append(start.value, out);
  return out;
}

std::string letter_status(std::uint64_t number) {
  std::string out(1, 'l');
  append(number, out);
  return out;
}

std::string letter_tally(const SourceName& source, std::string_view reason) {
  std::string out(1, 'a');
  append_text(source.value, out);
  append_text(reason, out);
  return out;
}

std::string replay(EntrySeq entry) {
  std::string out(1, 'x');
  append(entry.value, out);
  return out;
}

std::string open_replay(EntrySeq entry) {
  std::string out(1, 'w');
  append(entry.value, out);
  return out;
}

std::string source_activity(const SourceName& source, std::string_view field, std::string_view value) {
  std::string out(1, 'v');
  append_text(source.value, out);
  append_text(field, out);
  append_text(value, out);
  return out;
}

std::string source_health(std::string_view name) {
  std::string out(1, 'h');
  append_text(name, out);
  return out;
}

std::string entry_payload(EntrySeq entry) {
  std::string out(1, 'e');
  append(entry.value, out);
  return out;
}

std::string sample_payload(const AlertId& alert, const Hash256& event) {
  std::string out(1, 's');
  append_alert(alert, out);
  out += as_text(event.bytes);
  return out;
}

std::string person_payload(const PersonId& person) { return with_text('p', person.value); }

std::string content(const Hash256& hash) { return with_hash('c', hash); }
std::string ruleset(const Hash256& hash) { return with_hash('r', hash); }
std::string ruleset_rule(const Hash256& ruleset, const RuleId& rule) {
  return with_hash('m', ruleset) + rule.value;
}
std::string packs(const Hash256& hash) { return with_hash('k', hash); }

std::string person(const PersonId& id) { return with_text('p', id.value); }
std::string session(std::string_view hash) { return with_text('s', hash); }
std::string token(std::string_view id) { return with_text('t', id); }
std::string token_hash(std::string_view hash) { return with_text('h', hash); }
std::string login(const Hash256& hash) { return with_hash('l', hash); }
std::string unrecorded(std::uint64_t number) { return with_text('u', key::number(number)); }

std::string end_of(std::string_view prefix) {
  std::string out(prefix);
  while (!out.empty() && static_cast<std::uint8_t>(out.back()) == 0xFFU) out.pop_back();
  if (!out.empty()) out.back() = static_cast<char>(static_cast<std::uint8_t>(out.back()) + 1U);
  return out;
}

}  // namespace countersign::key
