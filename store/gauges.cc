// SPDX-License-Identifier: Apache-2.0
#include "store/gauges.h"

#include "store/codec.h"

namespace countersign {
namespace {

std::uint64_t* of_status(QueueGauges& gauges, Status status) {
  switch (status) {
    case Status::New: return &gauges.open_new;
    case Status::InProgress: return &gauges.open_in_progress;
    case Status::OnHold: return &gauges.open_on_hold;
    case Status::AwaitingCountersign: return &gauges.open_awaiting_countersign;
    case Status::Closed:
    case Status::ExpiredUnreviewed: return nullptr;
  }
  return nullptr;
}

}  // namespace

void Gauges::count(Cell& cell, const Facts& facts, bool up) {
  const auto change = [up](std::uint64_t& value) { up ? ++value : --value; };
  std::uint64_t* open = of_status(cell.gauges, facts.status);
  if (open != nullptr) change(*open);
  if (facts.status != Status::Closed && !facts.owned) change(cell.gauges.unowned);
  if (facts.overdue) change(cell.gauges.overdue);
  if (facts.unreviewed) {
    change(cell.gauges.unreviewed);
    if (up) {
      cell.unreviewed.insert(facts.opened);
    } else if (const auto place = cell.unreviewed.find(facts.opened); place != cell.unreviewed.end()) {
      cell.unreviewed.erase(place);
    }
  }
}

Result<void> Gauges::rebuild(const Db& db) {
  const std::lock_guard lock(mutex_);
  cells_.clear();
  // Queue rows start with 0 for alerts that are not closed.
  Cursor rows = db.cursor(nullptr, Family::QueueSeverity, std::string(1, '\0'), std::string(1, '\1'));
  for (rows.seek_first(); rows.valid(); rows.next()) {
    const auto row = decode<QueueRow>(rows.value());
    if (!row) return failure(row.error());
    const Facts facts{row->place.status, row->place.owner.has_value(), !row->verdict, row->overdue,
                      row->opened};
    count(cells_[{row->place.severity, row->queue}], facts, true);
  }
  return rows.status();
}

void Gauges::absorb(const Batch& batch) {
  const std::lock_guard lock(mutex_);
  for (const AlertChange& change : batch.alerts) {
    const AlertRecord& after = change.after;
    Cell& cell = cells_[{after.facts.severity, after.facts.queue}];
    const Timestamp opened = after.facts.times.opened;
    if (change.before) {
      const RowsBefore& before = *change.before;
      count(cell,
            {before.place.status, before.place.owner.has_value(), before.unreviewed, before.overdue, opened},
            false);
    }
    count(cell,
          {after.review.status, after.review.owner.has_value(), is_unreviewed(after.review),
           is_overdue(after.review), opened},
          true);
  }
}

std::map<GaugeKey, QueueGauges> Gauges::read() const {
  const std::lock_guard lock(mutex_);
  std::map<GaugeKey, QueueGauges> out;
  for (const auto& [key, cell] : cells_) {
    QueueGauges gauges = cell.gauges;
    if (!cell.unreviewed.empty()) gauges.oldest_unreviewed = *cell.unreviewed.begin();
    out.emplace(key, gauges);
  }
  return out;
}

std::array<std::uint64_t, 5> Gauges::unreviewed_by_level() const {
  const std::lock_guard lock(mutex_);
  std::array<std::uint64_t, 5> out{};
  for (const auto& [key, cell] : cells_) {
    out[static_cast<std::size_t>(key.first) - 1] += cell.gauges.unreviewed;
  }
  return out;
}

}  // namespace countersign
