// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "core/wire/stored.pb.h"
#include "store/codec.h"
#include "store/codec_fields.h"

namespace countersign {
namespace {

void write_alerts(const Batch& from, wire::Batch& to) {
  for (const AlertChange& change : from.alerts) {
    wire::AlertChange& out = *to.add_alerts();
    write_message(change.after, *out.mutable_after());
    if (!change.before) continue;
    write_message(change.before->place, *out.mutable_place_before());
    out.set_unreviewed_before(change.before->unreviewed);
    out.set_overdue_before(change.before->overdue);
    out.set_met_before(change.before->met);
    for (const DueRow& row : change.before->due) {
      wire::DueRow& due = *out.add_due_before();
      due.set_time_ns(to_nanos(row.time));
      due.set_kind(static_cast<std::uint32_t>(row.kind));
    }
  }
  for (const AttachChange& change : from.attaches) {
    wire::AttachChange& out = *to.add_attaches();
    write_message(change.alert, *out.mutable_alert());
    write_message(change.counts, *out.mutable_counts());
    out.set_attached(change.attached);
    out.set_severity(static_cast<std::uint32_t>(change.severity));
    out.set_queue(change.queue.value);
  }
  for (const SamplesChange& change : from.samples) {
    wire::SamplesChange& out = *to.add_samples();
    write_message(change.alert, *out.mutable_alert());
    write_message(change.heads, *out.mutable_heads());
  }
  for (const HistoryChange& change : from.history) {
    wire::HistoryChange& out = *to.add_history();
    write_message(change.alert, *out.mutable_alert());
    write_message(change.row, *out.mutable_row());
  }
}

void write_rest(const Batch& from, wire::Batch& to) {
  for (const PayloadChange& change : from.payloads) {
    wire::PayloadChange& out = *to.add_payloads();
    out.set_key(change.key);
    if (!change.sealed) continue;
    write_message(*change.sealed, *out.mutable_sealed());
    write_message(change.secret, *out.mutable_secret());
  }
  for (const GroupChange& change : from.groups) {
    wire::GroupChange& out = *to.add_groups();
    out.set_key(change.key);
    write_message(change.record, *out.mutable_record());
  }
  for (const PositionChange& change : from.positions) {
    wire::PositionChange& out = *to.add_positions();
    write_message(change.partition, *out.mutable_partition());
    write_message(change.position, *out.mutable_position());
  }
  for (const StoredDeadLetter& letter : from.dead_letters) write_message(letter, *to.add_dead_letters());
  for (const RowChange& change : from.rows) {
    wire::RowChange& out = *to.add_rows();
    out.set_family(static_cast<std::uint32_t>(change.where));
    out.set_key(change.key);
    if (change.value) out.set_value(*change.value);
  }
  if (from.identity) write_message(*from.identity, *to.mutable_identity());
  if (from.current) write_message(*from.current, *to.mutable_current());
}

bool read_alerts(const wire::Batch& from, Batch& to) {
  bool ok = true;
  for (const wire::AlertChange& change : from.alerts()) {
    AlertChange& out = to.alerts.emplace_back();
    ok = read_message(change.after(), out.after) && ok;
    if (!change.has_place_before()) continue;
    RowsBefore& before = out.before.emplace();
    ok = read_message(change.place_before(), before.place) && ok;
    before.unreviewed = change.unreviewed_before();
    before.overdue = change.overdue_before();
    before.met = change.met_before();
    for (const wire::DueRow& row : change.due_before()) {
      DueRow& due = before.due.emplace_back();
      due.time = from_nanos(row.time_ns());
      ok = read_enum(row.kind(), DueKind::Session, due.kind) && ok;
    }
  }
  for (const wire::AttachChange& change : from.attaches()) {
    AttachChange& out = to.attaches.emplace_back();
    ok = read_message(change.alert(), out.alert) && read_message(change.counts(), out.counts) &&
         read_level(change.severity(), out.severity) && ok;
    out.attached = change.attached();
    out.queue.value = change.queue();
  }
  for (const wire::SamplesChange& change : from.samples()) {
    SamplesChange& out = to.samples.emplace_back();
    ok = read_message(change.alert(), out.alert) && read_message(change.heads(), out.heads) && ok;
  }
  for (const wire::HistoryChange& change : from.history()) {
    HistoryChange& out = to.history.emplace_back();
    ok = read_message(change.alert(), out.alert) && read_message(change.row(), out.row) && ok;
  }
  return ok;
}

bool read_rest(const wire::Batch& from, Batch& to) {
  bool ok = true;
  for (const wire::PayloadChange& change : from.payloads()) {
    PayloadChange& out = to.payloads.emplace_back();
    out.key = change.key();
    if (!change.has_sealed()) continue;
    ok = read_message(change.sealed(), out.sealed.emplace()) && read_message(change.secret(), out.secret) &&
         ok;
  }
  for (const wire::GroupChange& change : from.groups()) {
    GroupChange& out = to.groups.emplace_back();
    out.key = change.key();
    ok = read_message(change.record(), out.record) && ok;
  }
  for (const wire::PositionChange& change : from.positions()) {
    PositionChange& out = to.positions.emplace_back();
    ok = read_message(change.partition(), out.partition) && read_message(change.position(), out.position) &&
         ok;
  }
  for (const auto& letter : from.dead_letters()) {
    ok = read_message(letter, to.dead_letters.emplace_back()) && ok;
  }
  for (const wire::RowChange& change : from.rows()) {
    RowChange& out = to.rows.emplace_back();
    ok = read_enum(change.family(), RowChange::Where::Due, out.where) && ok;
    out.key = change.key();
    if (change.has_value()) out.value = change.value();
  }
  if (from.has_identity()) ok = read_message(from.identity(), to.identity.emplace()) && ok;
  if (from.has_current()) ok = read_message(from.current(), to.current.emplace()) && ok;
  return ok;
}

}  // namespace

std::string encode(const Batch& value) {
  wire::Batch message;
  message.set_number(value.number);
  message.set_time_ns(to_nanos(value.time));
  message.set_first_entry(value.first_entry.value);
  for (const std::string& entry : value.entries) message.add_entries(entry);
  write_alerts(value, message);
  write_rest(value, message);
  message.set_next_alert(value.next_alert);
  message.set_first_dead_letter(value.first_dead_letter);
  return message.SerializeAsString();
}

template <>
Result<Batch> decode<Batch>(std::string_view bytes) {
  wire::Batch message;
  Batch batch;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !read_alerts(message, batch) ||
      !read_rest(message, batch)) {
    return failure(ErrorKind::Corrupt, fmt::format("stored batch: {} bytes cannot be read", bytes.size()));
  }
  batch.number = message.number();
  batch.time = from_nanos(message.time_ns());
  batch.first_entry.value = message.first_entry();
  batch.entries.assign(message.entries().begin(), message.entries().end());
  batch.next_alert = message.next_alert();
  batch.first_dead_letter = message.first_dead_letter();
  return batch;
}

}  // namespace countersign
