// SPDX-License-Identifier: Apache-2.0
// Lists of alerts: one index is walked, at most kScanRowsMax rows a page; a page may therefore be short, or
// even empty, and still have a next one.
#include <algorithm>

#include <fmt/format.h>

#include "store/filter.h"
#include "store/reader.h"

namespace countersign {
namespace {

/// Where a list is walked.
struct Walk {
  Family family = Family::QueueSeverity;
  std::string lower;
  std::string upper;  // empty: to the end
  bool backwards = false;
};

void stay_within(Walk& walk, std::string prefix) {
  walk.upper = key::end_of(prefix);
  walk.lower = std::move(prefix);
}

/// Rows of Family::Queue… begin with 0 while the alert is not closed, after the prefix of the index.
constexpr std::string_view kUnclosed{"\0", 1};

Walk by_rank(const AlertFilter& filter) {
  const std::string rest(filter.only_unclosed() ? kUnclosed : std::string_view());
  Walk walk;
  if (const auto entity = filter.entity()) {
    walk.family = Family::QueueEntity;
    stay_within(walk, key::entity_prefix(*entity) + rest);
  } else if (const auto owner = filter.owner()) {
    walk.family = Family::QueueOwner;
    stay_within(walk, key::owner_prefix(*owner) + rest);
  } else if (const auto status = filter.status()) {
    walk.family = Family::QueueStatus;
    stay_within(walk, std::string(1, static_cast<char>(*status)));
  } else {
    stay_within(walk, rest);
  }
  return walk;
}

Walk walk_of(const AlertQuery& query, const AlertFilter& filter) {
  Walk walk;
  switch (query.sort) {
    case AlertSort::Triage: return by_rank(filter);
    case AlertSort::Due:
      walk.family = Family::QueueDue;
      if (filter.only_unclosed()) stay_within(walk, std::string(kUnclosed));
      return walk;
    case AlertSort::OpenedDescending:
      walk.family = Family::Alerts;
      walk.backwards = true;
      return walk;
    case AlertSort::OpenedAscending: walk.family = Family::Alerts; return walk;
  }
  return walk;
}

/// after = family(1) key
Result<void> position(Cursor& rows, const Walk& walk, const std::string& after) {
  if (after.empty()) {
    walk.backwards ? rows.seek_last() : rows.seek_first();
    return {};
  }
  if (after.front() != static_cast<char>(walk.family)) {
    Error error{ErrorKind::InvalidArgument, "the cursor belongs to another list", {}};
    error.fields.push_back({"cursor", "invalid", error.message});
    return failure(std::move(error));
  }
  const std::string_view key = std::string_view(after).substr(1);
  if (walk.backwards) {
    rows.seek_before(key);
  } else {
    rows.seek(key);
    if (rows.valid() && rows.key() == key) rows.next();
  }
  return {};
}

}  // namespace

/// The record of a row that passes the filter; empty when it does not.
Result<std::optional<AlertRecord>> Reader::match(const Snapshot& snapshot, const AlertFilter& filter,
                                                 Family family, const Cursor& row) const {
  if (family == Family::Alerts) {
    auto record = decode<AlertRecord>(row.value());
    if (!record) return failure(record.error());
    const bool passes = filter.passes(queue_row_of(*record)) && filter.passes(record->facts.entities);
    if (!passes) return std::optional<AlertRecord>();
    return std::optional<AlertRecord>(std::move(*record));
  }
  auto summary = decode<QueueRow>(row.value());
  if (!summary) return failure(summary.error());
  if (!filter.passes(*summary)) return std::optional<AlertRecord>();
  const auto id = key::alert_at_end(row.key());
  if (!id) return failure(ErrorKind::Corrupt, fmt::format("{}: a key without alert", to_string(family)));
  auto record = find<AlertRecord>(snapshot, Family::Alerts, key::alert(*id));
  if (!record) return failure(record.error());
  if (!*record) {
    return failure(ErrorKind::Corrupt,
                   fmt::format("{}: row of alert {}, which is missing", to_string(family), to_string(*id)));
  }
  if (!filter.passes((*record)->facts.entities)) return std::optional<AlertRecord>();
  return record;
}

Result<AlertPage> Reader::alerts(const AlertQuery& query) const {
  auto filter = AlertFilter::make(query.filter);
  if (!filter) return failure(filter.error());
  const Walk walk = walk_of(query, *filter);
  const Snapshot snapshot = db_.snapshot();
  Cursor rows = db_.cursor(&snapshot, walk.family, walk.lower, walk.upper);
  if (auto ok = position(rows, walk, query.after); !ok) return failure(ok.error());

  AlertPage page;
  const std::size_t limit = std::clamp<std::size_t>(query.limit, 1, kPageSizeMax);
  std::string last;
  for (std::size_t scanned = 0; rows.valid(); ++scanned) {
    if (page.alerts.size() == limit || scanned == kScanRowsMax) {
      page.next = static_cast<char>(walk.family) + last;
      break;
    }
    last = rows.key();
    auto record = match(snapshot, *filter, walk.family, rows);
    if (!record) return failure(record.error());
    if (*record) {
      auto alert = filled(snapshot, **record);
      if (!alert) return failure(alert.error());
      page.alerts.push_back(std::move(*alert));
    }
    walk.backwards ? rows.previous() : rows.next();
  }
  if (auto ok = rows.status(); !ok) return failure(ok.error());
  return page;
}

}  // namespace countersign
