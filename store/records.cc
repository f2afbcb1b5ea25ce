// SPDX-License-Identifier: Apache-2.0
#include "store/records.h"

#include "store/batch.h"

namespace countersign {

AlertView view_of(const AlertRecord& record) {
  return {record.facts.id, record.facts.version, record.facts.severity, record.review, record.undo};
}

Alert alert_of(const AlertRecord& record, const AlertCounts& counts) {
  const ReviewState& review = record.review;
  Alert alert = record.facts;
  alert.status = review.status;
  alert.owner = review.owner;
  alert.lease_until = review.lease_until;
  alert.wake = review.wake;
  alert.decision = review.decision;
  alert.due = review.due;
  alert.times.first_owned = review.first_owned;
  alert.times.first_touched = review.first_touched;
  alert.times.decided = review.decided;
  alert.times.closed = review.closed;
  alert.times.approved = review.approved;
  alert.times.reopened = review.reopened;
  alert.count = counts.count;
  if (counts.count > 0) {
    alert.times.first_event = counts.first;
    alert.times.last_event = counts.last;
  }
  if (alert.decision) alert.since_decision = counts.count - alert.decision->events;
  return alert;
}

QueuePlace place_of(const AlertRecord& record) {
  return {record.review.status, record.facts.severity, record.review.due, record.review.owner};
}

QueueRow queue_row_of(const AlertRecord& record) {
  QueueRow row;
  row.place = place_of(record);
  if (record.review.decision) row.verdict = record.review.decision->verdict;
  row.queue = record.facts.queue;
  row.source = record.facts.source.source;
  row.rule = record.facts.rule_id;
  row.kind = record.facts.kind;
  row.opened = record.facts.times.opened;
  row.title = record.facts.title;
  row.overdue = is_overdue(record.review);
  return row;
}

std::vector<DueRow> due_rows_of(const AlertRecord& record) {
  const ReviewState& review = record.review;
  std::vector<DueRow> rows;
  if (is_unreviewed(review) && !review.review_missed) rows.push_back({review.due, DueKind::Review});
  if (review.countersign_due && !review.countersign_missed) {
    rows.push_back({*review.countersign_due, DueKind::Countersign});
  }
  if (review.lease_until) rows.push_back({*review.lease_until, DueKind::Lease});
  if (review.wake) rows.push_back({*review.wake, DueKind::Wake});
  return rows;
}

RowsBefore rows_before(const AlertRecord& record) {
  return {place_of(record), due_rows_of(record), is_unreviewed(record.review), is_overdue(record.review),
          met_deadline(record.review)};
}

bool met_deadline(const ReviewState& review) {
  return review.decision && review.decision->decider.kind == ActorKind::Human && review.decided &&
         *review.decided <= review.due;
}

bool is_overdue(const ReviewState& review) { return review.review_missed && is_unreviewed(review); }

bool is_unreviewed(const ReviewState& review) { return review.status != Status::Closed && !review.decision; }

}  // namespace countersign
