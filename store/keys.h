// SPDX-License-Identifier: Apache-2.0
// Keys of the column families. Numbers are big-endian, so that byte order is the order of the values; times
// are nanoseconds since 1970 plus 2^63. Pure; any thread.
//
//   alert      = epoch(4) shard(2) counter(8)
//   text       = the bytes with 00 written as 00 FF, ended by 00 01      ; keeps order, no text is a prefix
//   partition  = text(source) text(topic) (partition + 2^31)(4)
//   rank       = (0: not closed, 1: closed)(1) (255 - severity)(1) due(8) alert
//
//   journal        batch(8)                        from 1
//   alerts         alert
//   counts         alert
//   samples        alert
//   history        alert entry(8)
//   queue_status   status(1) (255 - severity)(1) due(8) alert
//   queue_severity rank
//   queue_due      (0 | 1)(1) due(8) alert
//   queue_owner    text(person) rank
//   queue_entity   text(field) text(folded value) rank
//   groups         keyed hash of rule and group key (32)
//   due            time(8) kind(1) subject         ; subject = alert, or the key of the row that ends
//   ledger         "p" partition                   position
//                  "s" partition incarnation(4)    sums
//                  "o" partition                   open range
//                  "i" partition number(4)         report of the open range
//                  "r" partition incarnation(4) start(8)    finished range
//                  "l" number(8)                   what became of a dead letter
//                  "a" text(source) text(reason)   tally of dead letters
//                  "x" entry(8)                    replay
//                  "w" entry(8)                    the replay is not finished
//                  "v" text(source) text(field) text(value)    what came; without field: of the whole source
//                  "h" text(name)                  health of an expected source
//   entries        entry(8)
//   checkpoints    size(8)
//   payloads       "e" entry(8) | "s" alert hash(32) | "p" person
//   payload_keys   as payloads
//   dead_letters   number(8)
//   contents       "c" hash(32)                    text of a rule, pack or policy
//                  "r" hash(32)                    rule set known
//                  "m" hash(32) rule               manifest entry of a rule set
//                  "k" hash(32)                    pack set known
//   idempotency    hash(32) of actor and key
//   admin          "p" person | "l" keyed hash of the login (32) | "s" session hash | "t" token id |
//                  "h" token hash | "u" number(8), to be recorded at the next start
//   meta           name
#pragma once

#include <string>
#include <string_view>

#include "core/hash.h"
#include "core/ids.h"
#include "core/report.h"
#include "core/time.h"
#include "store/lifecycle.h"

namespace countersign {

enum class DueKind : std::uint8_t { Review = 1, Countersign, Lease, Wake, Idempotency, Session };

/// What decides an alert's place in the queues.
struct QueuePlace {
  Status status = Status::New;
  Level severity = Level::Medium;
  Timestamp due{};
  std::optional<PersonId> owner;
  bool operator==(const QueuePlace&) const = default;
};

namespace key {

std::string number(std::uint64_t value);
/// 0 when `bytes` is no such key.
std::uint64_t parse_number(std::string_view bytes);
std::string alert(const AlertId& id);
/// Corrupt key: empty.
std::optional<AlertId> parse_alert(std::string_view bytes);
/// The alert at the end of a queue key.
std::optional<AlertId> alert_at_end(std::string_view bytes);
std::string history(const AlertId& id, EntrySeq entry);

std::string queue_status(const QueuePlace& place, const AlertId& id);
std::string queue_severity(const QueuePlace& place, const AlertId& id);
std::string queue_due(const QueuePlace& place, const AlertId& id);
std::string queue_owner(const QueuePlace& place, const AlertId& id);
std::string queue_entity(const Entity& entity, const QueuePlace& place, const AlertId& id);
/// What all rows of one owner or one entity value start with.
std::string owner_prefix(const PersonId& owner);
std::string entity_prefix(const Entity& entity);

std::string due(Timestamp time, DueKind kind, std::string_view subject);
struct DueParts {
  Timestamp time{};
  DueKind kind = DueKind::Review;
  std::string subject;
};
std::optional<DueParts> parse_due(std::string_view bytes);
/// The first key at or after `time`.
std::string due_from(Timestamp time);

std::string position(const SourcePartition& partition);
std::string ledger_sum(const SourcePartition& partition, std::uint32_t incarnation);
std::string open_range(const SourcePartition& partition);
std::string open_range_report(const SourcePartition& partition, std::uint32_t number);
std::string range(const SourcePartition& partition, std::uint32_t incarnation, Offset start);

std::string letter_status(std::uint64_t number);
std::string letter_tally(const SourceName& source, std::string_view reason);
std::string replay(EntrySeq entry);
std::string open_replay(EntrySeq entry);

std::string source_activity(const SourceName& source, std::string_view field, std::string_view value);
std::string source_health(std::string_view name);

std::string entry_payload(EntrySeq entry);
std::string sample_payload(const AlertId& alert, const Hash256& event);
std::string person_payload(const PersonId& person);

std::string content(const Hash256& hash);
std::string ruleset(const Hash256& hash);
std::string ruleset_rule(const Hash256& ruleset, const RuleId& rule);
std::string packs(const Hash256& hash);

std::string person(const PersonId& id);
std::string session(std::string_view hash);
std::string token(std::string_view id);
std::string token_hash(std::string_view hash);
std::string login(const Hash256& hash);
std::string unrecorded(std::uint64_t number);

/// The first key after all keys that start with `prefix`; empty: there is none.
std::string end_of(std::string_view prefix);

}  // namespace key
}  // namespace countersign
