// SPDX-License-Identifier: Apache-2.0
// What leaves detection: all that one batch of one source partition gave (semantics.md §5–6), and the
// manifest that says what its rule set means. Plain values; move them between threads. `core/wire` has their
// bytes.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/hash.h"
#include "core/ids.h"
#include "core/result.h"
#include "core/time.h"

namespace countersign {

/// Sigma `level`; also the severity of an alert. The numbers are OCSF `severity_id`.
enum class Level : std::uint8_t { Informational = 1, Low = 2, Medium = 3, High = 4, Critical = 5 };
std::string_view to_string(Level level);
std::optional<Level> parse_level(std::string_view text);

/// Why offsets of a range were not delivered (semantics.md §6).
enum class GapCause : std::uint8_t { NotDelivered, Retention, Recreated, Truncated, SkippedByOperator };
std::string_view to_string(GapCause cause);

struct Gap {
  Offset start;  // included
  Offset end;    // excluded
  GapCause cause = GapCause::NotDelivered;
};

/// Counts of one range; the equations of semantics.md §6 hold for each report before it is submitted.
struct LedgerCounts {
  std::uint64_t delivered = 0;
  std::uint64_t parsed = 0;
  std::uint64_t dead_lettered = 0;
  std::uint64_t events = 0;
  std::uint64_t undecodable = 0;
  std::uint64_t duplicate = 0;
  std::uint64_t unmatched = 0;
  std::uint64_t matched = 0;
  std::uint64_t matches = 0;
  std::uint64_t over_limit = 0;
  std::uint64_t suppressed = 0;
  std::uint64_t correlated = 0;
  std::uint64_t uncorrelated = 0;
  std::uint64_t attached = 0;  // filled by the store: detection leaves attached and opened 0
  std::uint64_t opened = 0;
  std::uint64_t repeated = 0;
  bool operator==(const LedgerCounts&) const = default;
};

/// Where the next read of a partition starts. The store keeps it in the same batch as what was read before
/// it.
struct SourcePosition {
  Offset next;
  std::uint32_t incarnation = 0;
  Timestamp event_time_max{};  // largest event time so far: lateness does not depend on where batches are cut
  std::string cursor;  // the source's own: file identity and decompressed byte offset; empty for Kafka
  bool operator==(const SourcePosition&) const = default;
};

/// One member of a group key: the value compares by `folded`; `shown` is the first spelling seen.
struct GroupKeyPart {
  std::string field;
  bool present = false;
  std::string folded;
  std::string shown;
  bool operator==(const GroupKeyPart&) const = default;
};

/// An event kept with an alert. Order: (time, hash).
struct SampleEvent {
  Timestamp time{};
  Hash256 hash;  // SHA-256 of the event's bytes
  Offset offset;
  std::uint32_t index = 0;  // of the event in its message
  std::string bytes;        // the event as it came, at most kSampleEventBytesMax
  bool truncated = false;
  Timestamp append_time{};  // of its record
};

/// A thing that an alert is about, for pivots: `host.name` = `fw-1`.
struct Entity {
  std::string field;  // ECS name
  std::string value;
  auto operator<=>(const Entity&) const = default;
};

/// What a product said of an alert of its own, in its own word, at the time of the event that said it.
struct VendorClaim {
  Timestamp time{};
  std::string status;
  bool operator==(const VendorClaim&) const = default;
};

/// An alert of a product itself: no rule of ours, but its verdict (docs/packs.md, `vendor_alert`).
struct VendorAlert {
  std::string pack;
  std::string title;
  std::string url;  // into the product's console; empty: none
  Level level = Level::Medium;
  std::vector<VendorClaim> claims;  // in input order, each another status than the one before; bounded
  bool operator==(const VendorAlert&) const = default;
};

/// Part of the group key of a vendor alert that has an id of its own: updates of it never open another alert.
inline constexpr std::string_view kVendorAlertIdField = "vendor.alert_id";
/// Changes of status that one signal keeps; beyond, the last takes the place of the one before it.
inline constexpr std::size_t kVendorClaimsMax = 64;

/// Matches of one rule with one group key in one report, folded. Samples hold the 5 smallest and 5 largest
/// events.
struct Signal {
  RuleId rule;
  std::vector<GroupKeyPart> group_key;
  std::uint64_t count = 0;
  Timestamp first{};
  Timestamp last{};
  std::vector<SampleEvent> smallest;  // ascending, at most kSampleEnds
  std::vector<SampleEvent> largest;   // ascending, at most kSampleEnds; may repeat events of `smallest`
  Offset first_offset;                // coordinates of the earliest match in input order: the alert's cause
  std::uint32_t first_index = 0;
  Timestamp first_append_time{};
  std::vector<Entity> entities;  // of the smallest event, sorted, without duplicates
  // Why the rule matched the event at first_offset and first_index: a JSON object of at most
  // kExplanationBytesMax bytes (docs/rule-authors.md); empty: not recorded.
  std::string explanation;
  /// The rule is a pack, `vendor:<pack>`: facts of the first event in input order, claims of all.
  std::optional<VendorAlert> vendor;
};

/// Adds a claim unless it says what the last one said.
void add_claim(std::vector<VendorClaim>& claims, VendorClaim claim);

/// A message (or one element of a message) that no pack could read, with its bytes.
struct DeadLetter {
  Offset offset;
  std::optional<std::uint32_t> index;  // element of a message that holds many
  std::string
      reason;  // bad_json, bad_utf8, too_large, too_deep, truncated, no_pack, bad_time, framed, empty …
  std::string message;  // what, where, the value and the limit; no payload
  std::string bytes;    // the original, or a prefix when `truncated`
  bool truncated = false;
  std::uint64_t length = 0;  // of the original
  Hash256 hash;              // of the original
  Timestamp append_time{};
};

/// How the times that events carry stand to the times of their records: whether a source's clock is right.
struct EventClock {
  std::uint64_t timed = 0;            // events with a time of their own
  std::uint64_t ahead = 0;            // of them, those so far in the future that their time is not used
  std::chrono::nanoseconds newest{};  // the most that an own time is after its record's; without those ahead
  bool operator==(const EventClock&) const = default;
};

/// Events in which `field` has a value that somebody registered: the name of an observer or of a host.
struct ObserverCount {
  std::string field;
  std::string value;  // as registered
  std::uint64_t events = 0;
  Timestamp last{};  // largest event time
  bool operator==(const ObserverCount&) const = default;
};

struct Report {
  SourcePartition partition;
  std::uint32_t incarnation = 0;
  Offset start;  // included
  Offset end;    // excluded
  std::vector<Gap> gaps;
  LedgerCounts counts;
  std::vector<Signal> signals;
  std::vector<DeadLetter> dead_letters;
  SourcePosition next;
  Hash256 ruleset;
  Hash256 packs;
  std::optional<Hash256> digest;  // over the delivered records (contract.md §4, "Ledger")
  EventClock clock;
  std::vector<ObserverCount> observers;  // each (field, value) once
};

/// What the store must know of a rule to open an alert from it.
struct RuleManifestEntry {
  RuleId id;
  Hash256 content;  // of the rule's text in `contents`
  std::string title;
  std::string author;
  std::string description;
  std::vector<std::string> references;
  std::vector<std::string> tags;
  Level level = Level::Medium;
  bool generate = true;  // false: its matches only feed correlations
};

/// A rule set by its hash, with the text of each rule; sent before the first report that names it.
struct RuleSetManifest {
  Hash256 hash;
  std::vector<RuleManifestEntry> rules;     // by id
  std::map<Hash256, std::string> contents;  // rules, and what they name by its hash
};

/// A pack set by its hash, with the text of each pack; sent before the first report that names it.
struct PackSetManifest {
  Hash256 hash;
  std::map<std::string, Hash256> packs;     // name → content
  std::map<Hash256, std::string> contents;  // pack files by their hash
};

/// Where reports go: the store in the same process, or a topic. Any thread; partitions are independent.
/// Errors: Unavailable (disk nearly full: try again), Conflict (start is beyond the position: that partition
/// stops), Corrupt (counts do not balance: that partition stops).
class ReportSink {
 public:
  virtual ~ReportSink() = default;
  virtual Result<void> announce(const RuleSetManifest& manifest) = 0;
  virtual Result<void> announce(const PackSetManifest& manifest) = 0;
  /// Returns after the report and its position are durable, atomically.
  virtual Result<void> submit(Report report) = 0;
  /// Where each partition of `source` goes on; a partition that was never read is absent.
  virtual Result<std::map<SourcePartition, SourcePosition>> positions(const SourceName& source) = 0;
};

}  // namespace countersign
