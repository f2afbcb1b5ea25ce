// SPDX-License-Identifier: Apache-2.0
#include "store/apply.h"

#include <algorithm>

#include "store/codec.h"

namespace countersign {
namespace {

/// The queue rows of an alert: all there are is here.
template <class Visit>
void for_each_queue_row(const AlertId& id, const QueuePlace& place, const std::vector<Entity>& entities,
                        Visit visit) {
  visit(Family::QueueStatus, key::queue_status(place, id));
  visit(Family::QueueSeverity, key::queue_severity(place, id));
  visit(Family::QueueDue, key::queue_due(place, id));
  if (place.owner) visit(Family::QueueOwner, key::queue_owner(place, id));
  for (const Entity& entity : entities) visit(Family::QueueEntity, key::queue_entity(entity, place, id));
}

void apply_alert(const Db& db, const AlertChange& change, WriteSet& changes) {
  const AlertRecord& record = change.after;
  const AlertId& id = record.facts.id;
  const QueuePlace place = place_of(record);
  if (change.before && change.before->place != place) {
    for_each_queue_row(id, change.before->place, record.facts.entities,
                       [&](Family family, const std::string& key) { db.remove(changes, family, key); });
  }
  const std::string row = encode(queue_row_of(record));
  for_each_queue_row(id, place, record.facts.entities,
                     [&](Family family, const std::string& key) { db.put(changes, family, key, row); });

  const std::string subject = key::alert(id);
  const std::vector<DueRow> due = due_rows_of(record);
  if (change.before) {
    for (const DueRow& before : change.before->due) {
      if (std::ranges::find(due, before) == due.end()) {
        db.remove(changes, Family::Due, key::due(before.time, before.kind, subject));
      }
    }
  }
  for (const DueRow& after : due) {
    db.put(changes, Family::Due, key::due(after.time, after.kind, subject), "");
  }
  db.put(changes, Family::Alerts, subject, encode(record));
}

Family family_of(RowChange::Where where) {
  switch (where) {
    case RowChange::Where::Ledger: return Family::Ledger;
    case RowChange::Where::Contents: return Family::Contents;
    case RowChange::Where::Admin: return Family::Admin;
    case RowChange::Where::Idempotency: return Family::Idempotency;
    case RowChange::Where::Due: return Family::Due;
  }
  return Family::Meta;
}

void apply_payloads(const Db& db, const Batch& batch, WriteSet& changes) {
  for (const PayloadChange& change : batch.payloads) {
    if (change.sealed) {
      db.put(changes, Family::Payloads, change.key, encode(*change.sealed));
      db.put(changes, Family::PayloadKeys, change.key, encode(change.secret));
    } else {
      db.remove(changes, Family::Payloads, change.key);
      db.remove(changes, Family::PayloadKeys, change.key);
    }
  }
}

void apply_books(const Db& db, const Batch& batch, WriteSet& changes) {
  for (const PositionChange& change : batch.positions) {
    db.put(changes, Family::Ledger, key::position(change.partition), encode(change.position));
  }
  for (const StoredDeadLetter& letter : batch.dead_letters) {
    db.put(changes, Family::DeadLetters, key::number(letter.number), encode(letter));
  }
  for (const RowChange& change : batch.rows) {
    if (change.value) {
      db.put(changes, family_of(change.where), change.key, *change.value);
    } else {
      db.remove(changes, family_of(change.where), change.key);
    }
  }
}

void apply_meta(const Db& db, const Batch& batch, WriteSet& changes) {
  if (batch.identity) db.put(changes, Family::Meta, "identity", encode(*batch.identity));
  if (batch.current) db.put(changes, Family::Meta, "current", encode(*batch.current));
  Head head;
  head.next_batch = batch.number + 1;
  head.next_entry = batch.first_entry.value + batch.entries.size();
  head.next_alert = batch.next_alert;
  head.next_dead_letter = batch.first_dead_letter + batch.dead_letters.size();
  head.time = batch.time;
  db.put(changes, Family::Meta, "head", encode(head));
}

}  // namespace

void apply(const Db& db, const Batch& batch, WriteSet& changes) {
  db.put(changes, Family::Journal, key::number(batch.number), encode(batch));
  for (std::size_t i = 0; i < batch.entries.size(); ++i) {
    db.put(changes, Family::Entries, key::number(batch.first_entry.value + i), batch.entries[i]);
  }
  for (const AlertChange& change : batch.alerts) apply_alert(db, change, changes);
  for (const AttachChange& change : batch.attaches) {
    db.merge(changes, Family::Counts, key::alert(change.alert), encode(change.counts));
  }
  for (const SamplesChange& change : batch.samples) {
    db.put(changes, Family::Samples, key::alert(change.alert), encode(change.heads));
  }
  for (const HistoryChange& change : batch.history) {
    db.put(changes, Family::History, key::history(change.alert, change.row.entry), encode(change.row));
  }
  for (const GroupChange& change : batch.groups) {
    db.put(changes, Family::Groups, change.key, encode(change.record));
  }
  apply_payloads(db, batch, changes);
  apply_books(db, batch, changes);
  apply_meta(db, batch, changes);
}

}  // namespace countersign
