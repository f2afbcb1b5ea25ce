// SPDX-License-Identifier: Apache-2.0
// Values of the column families as plain structs (core/wire/stored.proto has their bytes, codec.h converts).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/alert.h"
#include "store/keys.h"
#include "store/people.h"
#include "store/policy.h"
#include "store/query.h"
#include "store/source_health.h"
#include "store/transition.h"

namespace countersign {

inline constexpr std::uint32_t kSchemaVersion = 1;

/// An alert as stored. `facts` holds what no action changes, and the version; everything that an action
/// changes is in `review`, counts are apart.
struct AlertRecord {
  Alert facts;
  std::uint32_t incarnation = 0;  // with facts.source: the record that opened it
  Offset offset;
  std::uint32_t index = 0;
  ReviewState review;
  std::optional<UndoPoint> undo;
  EntrySeq last_entry;
};

struct AlertCounts {
  std::uint64_t count = 0;
  Timestamp first{};
  Timestamp last{};
  bool damaged = false;
  bool operator==(const AlertCounts&) const = default;
};

/// A sample event without its bytes, which are a payload.
struct SampleHead {
  Timestamp time{};
  Hash256 hash;
  Offset offset;
  std::uint32_t index = 0;
  bool truncated = false;
  Timestamp append_time{};
  bool operator==(const SampleHead&) const = default;
};

struct SampleHeads {
  std::vector<SampleHead> smallest;  // ascending by (time, hash)
  std::vector<SampleHead> largest;   // ascending by (time, hash)
  bool operator==(const SampleHeads&) const = default;
};

struct GroupRecord {
  AlertId current;  // the open alert, or the last one that was
  std::uint32_t generations = 0;
};

/// Reports of one partition that no ingest.range entry covers yet.
struct OpenRange {
  LedgerRow row;
  std::uint32_t reports = 0;
  Hash256 ruleset;
  Hash256 packs;
  bool digests = true;  // each report has one
  Timestamp began{};
};

struct RangeReport {
  Offset start;
  Offset end;
  std::optional<Hash256> digest;
  std::vector<Gap> gaps;
};

struct FinishedRange {
  LedgerRow row;
  EntrySeq entry;
};

struct Sealed {
  std::string nonce;
  std::string ciphertext;
};

struct PayloadKey {
  std::string secret;
  std::string salt;
};

struct IdempotencyRecord {
  std::string fingerprint;
  AlertRecord alert;
  AlertCounts counts;
  EntrySeq entry;
  Timestamp expires{};
};

/// Login and display name are a payload, empty here.
struct PersonRecord {
  Person person;
  Timestamp sessions_from{};  // sessions that began before are void
};

/// Made on a folder whose log was not open; recorded by the next start.
struct Unrecorded {
  std::optional<Person> person;
  std::optional<ApiToken> token;
};

struct Identity {
  std::uint32_t schema = kSchemaVersion;
  std::uint32_t epoch = 1;
  std::string origin;
  std::string vkey;
  std::string store_key;  // 32 bytes: for hashes that stand for people, hosts, addresses
};

struct Current {
  Policy policy;
  Hash256 policy_hash;
  Hash256 ruleset;
  Hash256 packs;
  std::string build;
  bool running = false;  // started and not stopped
};

struct Head {
  std::uint64_t next_batch = 1;
  std::uint64_t next_entry = 0;
  std::uint64_t next_alert = 1;
  std::uint64_t next_dead_letter = 1;
  Timestamp time{};
};

/// Row of a queue: what filters look at.
struct QueueRow {
  QueuePlace place;
  std::optional<Verdict> verdict;
  QueueName queue;
  SourceName source;
  RuleId rule;
  AlertKind kind = AlertKind::Rule;
  Timestamp opened{};
  std::string title;
  bool overdue = false;  // a review deadline passed without a decision
};

struct DueRow {
  Timestamp time{};
  DueKind kind = DueKind::Review;
  bool operator==(const DueRow&) const = default;
};

AlertView view_of(const AlertRecord& record);
Alert alert_of(const AlertRecord& record, const AlertCounts& counts);
QueuePlace place_of(const AlertRecord& record);
QueueRow queue_row_of(const AlertRecord& record);
/// The deadlines that run for this alert.
std::vector<DueRow> due_rows_of(const AlertRecord& record);
/// No human decision in force, and nothing closed it.
bool is_unreviewed(const ReviewState& review);
/// Unreviewed, and the review deadline is recorded as missed.
bool is_overdue(const ReviewState& review);
bool met_deadline(const ReviewState& review);  // by the decision of a person that stands

}  // namespace countersign
