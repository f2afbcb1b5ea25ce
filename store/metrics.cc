// SPDX-License-Identifier: Apache-2.0
#include "store/metrics.h"

#include <algorithm>

#include "store/batch.h"

namespace countersign {
namespace {

bool has_entry(const Batch& batch, const AlertId& alert, std::string_view type) {
  return std::ranges::any_of(batch.history, [&](const HistoryChange& change) {
    return change.alert == alert && change.row.type == type;
  });
}

}  // namespace

std::string_view to_string(DeadlineOutcome outcome) {
  switch (outcome) {
    case DeadlineOutcome::Met: return "met";
    case DeadlineOutcome::Missed: return "missed";
    case DeadlineOutcome::Overturned: return "overturned";
  }
  return "unknown";
}

void StoreMetrics::absorb_alert(const AlertChange& change, const Batch& batch) {
  const Alert& facts = change.after.facts;
  const ReviewState& after = change.after.review;
  const GaugeKey key{facts.severity, facts.queue};
  if (!change.before) {
    // A label with the number of each replay would be a series without end.
    const bool replayed = replay_of(facts.source.source).has_value();
    const SourceName source = replayed ? SourceName{"replay"} : facts.source.source;
    ++counters_.created[{facts.severity, facts.queue, source}];
    return;
  }
  const RowsBefore& before = *change.before;
  const Timestamp opened = after.reopened.value_or(facts.times.opened);
  const bool decided = before.unreviewed && after.decision && after.decided;
  if (after.first_owned == batch.time) counters_.time_to_assign[key].add(batch.time - opened);
  if (decided && after.decision->decider.kind == ActorKind::Human) {
    counters_.time_to_review[key].add(batch.time - opened);
    if (met_deadline(after)) ++counters_.deadlines[{facts.severity, facts.queue, DeadlineOutcome::Met}];
  }
  if (is_overdue(after) && !before.overdue) {
    ++counters_.deadlines[{facts.severity, facts.queue, DeadlineOutcome::Missed}];
  }
  if (before.met && is_unreviewed(after) && !has_entry(batch, facts.id, "alert.reopened")) {
    ++counters_.deadlines[{facts.severity, facts.queue, DeadlineOutcome::Overturned}];
  }
  if (has_entry(batch, facts.id, "alert.closed")) {
    ++counters_.closed[{facts.severity, facts.queue, after.decision->verdict}];
    counters_.time_to_close[key].add(batch.time - opened);
  }
  if (has_entry(batch, facts.id, "alert.reopened")) ++counters_.reopened[key];
  if (before.place.owner && after.owner && before.place.owner != after.owner) {
    ++counters_.reassigned[facts.queue];
  }
}

void StoreMetrics::absorb(const Batch& batch) {
  const std::lock_guard lock(mutex_);
  ++counters_.commands;
  for (const AlertChange& change : batch.alerts) absorb_alert(change, batch);
  for (const AttachChange& change : batch.attaches) {
    if (change.attached > 0) counters_.deduplicated[{change.severity, change.queue}] += change.attached;
  }
}

void StoreMetrics::add_commit(const CommitTimes& times) {
  const std::lock_guard lock(mutex_);
  counters_.decide.add(times.decide);
  counters_.journal.add(times.journal);
  counters_.apply.add(times.apply);
}

StoreCounters StoreMetrics::read() const {
  const std::lock_guard lock(mutex_);
  return counters_;
}

}  // namespace countersign
