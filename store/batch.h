// SPDX-License-Identifier: Apache-2.0
// What `decide` gives and the journal keeps: everything that one command changes, as one value. Applying it
// needs nothing else, so that replaying the journal gives the same store and the same log.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/records.h"

namespace countersign {

/// Where an alert stood before, so that `apply` finds the rows to remove, and the gauges what to count down,
/// without reading.
struct RowsBefore {
  QueuePlace place;
  std::vector<DueRow> due;
  bool unreviewed = false;
  bool overdue = false;
  bool met = false;  // a person's decision stood, made before the deadline
};
RowsBefore rows_before(const AlertRecord& record);

struct AlertChange {
  AlertRecord after;
  std::optional<RowsBefore> before;  // absent: the alert is new
};

struct AttachChange {
  AlertId alert;
  AlertCounts counts;  // to be merged
  // for the metrics
  std::uint64_t attached = 0;  // matches that did not open the alert
  Level severity = Level::Medium;
  QueueName queue;
};

struct SamplesChange {
  AlertId alert;
  SampleHeads heads;
};

struct HistoryChange {
  AlertId alert;
  HistoryRow row;  // without its text
};

struct PayloadChange {
  std::string key;               // key::…_payload
  std::optional<Sealed> sealed;  // absent: erased
  PayloadKey secret;
};

struct GroupChange {
  std::string key;
  GroupRecord record;
};

struct PositionChange {
  SourcePartition partition;
  SourcePosition position;
};

/// A row as it stands in the database.
struct RowChange {
  enum class Where : std::uint8_t { Ledger = 1, Contents, Admin, Idempotency, Due };
  Where where = Where::Ledger;
  std::string key;
  std::optional<std::string> value;  // absent: removed
};

struct Batch {
  std::uint64_t number = 0;
  Timestamp time{};
  EntrySeq first_entry;
  std::vector<std::string> entries;
  std::vector<AlertChange> alerts;  // each alert once
  std::vector<AttachChange> attaches;
  std::vector<SamplesChange> samples;
  std::vector<HistoryChange> history;
  std::vector<PayloadChange> payloads;
  std::vector<GroupChange> groups;
  std::vector<PositionChange> positions;
  std::vector<StoredDeadLetter> dead_letters;
  std::vector<RowChange> rows;
  std::uint64_t next_alert = 0;
  std::uint64_t first_dead_letter = 0;
  std::optional<Identity> identity;
  std::optional<Current> current;
};

}  // namespace countersign
