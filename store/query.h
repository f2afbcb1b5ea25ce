// SPDX-License-Identifier: Apache-2.0
// Questions to the store and their answers. Readers work on a snapshot; a reader never waits for the writer.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/report.h"
#include "store/alert.h"
#include "store/dead_letter.h"

namespace countersign {

/// Files of the database, and how long it held writes back since it was opened.
struct StorageUse {
  std::uint64_t live_bytes = 0;  // tables
  std::uint64_t wal_bytes = 0;
  double stalled_seconds = 0;
};

inline constexpr std::size_t kPageSizeMax = 200;
inline constexpr std::size_t kScanRowsMax = 2'000;  // rows looked at for one page; then the cursor goes on

enum class Compare : std::uint8_t { Equal, Less, LessOrEqual, Greater, GreaterOrEqual };

/// One term of a filter; all terms of a filter must hold.
struct FilterTerm {
  enum class Field : std::uint8_t {
    Severity,
    Status,
    Open,
    Owner,
    Unowned,
    Verdict,
    Unreviewed,
    Overdue,
    Queue,
    Source,
    Rule,
    Kind,
    Opened,
    Due,
    Entity,
    Title
  };
  Field field = Field::Status;
  Compare compare = Compare::Equal;
  bool negated = false;
  std::string text;    // value as text: status, verdict, queue, source, rule, kind, owner id, entity value,
                       // part of title
  std::string entity;  // Entity: its ECS field name
  Level level = Level::Medium;  // Severity
  Timestamp time{};             // Opened, Due, and "now" of Overdue
};

enum class AlertSort : std::uint8_t {
  Triage,  // severity descending, then due time, then id: worst open alert first (default)
  Due,
  OpenedDescending,
  OpenedAscending,
};

struct AlertQuery {
  std::vector<FilterTerm> filter;
  AlertSort sort = AlertSort::Triage;
  std::size_t limit = 50;
  std::string after;  // opaque key of the last row of the page before; empty: from the start
};

struct AlertPage {
  std::vector<Alert> alerts;
  std::string next;  // `after` of the next page; empty: no more
};

struct HistoryPage {
  std::vector<HistoryRow> rows;
  std::optional<EntrySeq> next;
};

/// A report's line of the books (semantics.md §6), or the sum of consecutive ones.
struct LedgerRow {
  SourcePartition partition;
  std::uint32_t incarnation = 0;
  Offset start;
  Offset end;
  LedgerCounts counts;
  std::map<GapCause, std::uint64_t> gaps;
  std::uint64_t dropped_reports = 0;  // reports that ended at or below the position, and changed nothing
};

struct LedgerSummary {
  std::vector<LedgerRow> partitions;  // one per (partition, incarnation), summed
  bool balanced = true;
  std::vector<std::string> problems;  // what does not balance, in words
};

/// Gauges of operations.md §3.4, kept up to date by the writer, read by any thread.
struct QueueGauges {
  std::uint64_t open_new = 0;
  std::uint64_t open_in_progress = 0;
  std::uint64_t open_on_hold = 0;
  std::uint64_t open_awaiting_countersign = 0;
  std::uint64_t unreviewed = 0;
  std::uint64_t unowned = 0;
  std::uint64_t overdue = 0;
  std::optional<Timestamp> oldest_unreviewed;  // opening time
};

using GaugeKey = std::pair<Level, QueueName>;

}  // namespace countersign
