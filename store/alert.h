// SPDX-License-Identifier: Apache-2.0
// An alert as readers see it, its history, and the actions on it. Plain values. Which fields are filled
// depends on what happened; the set of fields is complete from the first version (architecture.md §6).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"
#include "core/report.h"
#include "store/lifecycle.h"

namespace countersign {

/// Where alerts go until policies name queues.
inline constexpr std::string_view kDefaultQueue = "default";

enum class AlertKind : std::uint8_t { Rule = 1, Correlation, Vendor, Manual, Import, Self };
std::string_view to_string(AlertKind kind);

/// Who acts. `id`: PersonId of a human, name of a service or token, policy of a rule.
struct Actor {
  ActorKind kind = ActorKind::Service;
  std::string id;
  bool operator==(const Actor&) const = default;
};

/// How the actor came in. Set by the API or CLI from the session; a client never supplies it.
struct ActorContext {
  Actor actor;
  std::string auth_method;   // password, token, local (command line on the data folder), none
  Timestamp auth_time{};     // when the session began
  std::string session_hash;  // hex SHA-256 of the session secret; empty without a session
  std::string role;          // the role that permitted this action
  std::string channel;       // console, api, cli, bulk
  std::string request;       // X-Request-Id
};

struct AlertTimes {
  std::optional<Timestamp> first_event;
  std::optional<Timestamp> last_event;
  std::optional<Timestamp> append;  // of the record that opened it
  Timestamp opened{};
  std::optional<Timestamp> first_seen;  // empty unless policy allows it
  std::optional<Timestamp> first_owned;
  std::optional<Timestamp> first_touched;  // by a human
  std::optional<Timestamp> decided;
  std::optional<Timestamp> closed;
  std::optional<Timestamp> approved;
  std::optional<Timestamp> reopened;
};

/// What the standing decision says and covers. Absent when none stands.
struct Decision {
  Verdict verdict = Verdict::Benign;
  ReasonCode reason_code = ReasonCode::NoData;
  std::string rationale;  // empty after erasure
  Actor decider;
  Timestamp time{};
  EntrySeq entry;            // of alert.decided
  std::uint64_t events = 0;  // count that it covered
  std::optional<Timestamp> last_event;
  std::optional<AlertId> duplicate_of;
  std::string reference;  // of managed_externally and test
};

struct Alert {
  AlertId id;
  AlertVersion version;
  AlertKind kind = AlertKind::Rule;
  RuleId rule_id;
  Hash256 rule_content;
  Hash256 ruleset;
  std::string title;
  std::string description;
  std::string author;
  std::vector<std::string> references;
  std::vector<std::string> tags;
  Level severity = Level::Medium;
  std::string severity_source;  // rule, vendor, human
  std::string claimed;          // status that the product gives its own alert; empty: none
  std::optional<Timestamp> claimed_time;
  SourcePartition source;  // of the record that opened it
  std::vector<GroupKeyPart> group_key;
  std::uint32_t generation = 1;
  std::vector<AlertId> links;
  QueueName queue;
  std::string policy;  // version of the policy in force when opened
  Timestamp due{};
  Status status = Status::New;
  std::optional<PersonId> owner;
  std::string owner_group;
  std::optional<Timestamp> lease_until;
  std::optional<Timestamp> wake;  // of a hold
  std::optional<Decision> decision;
  std::string retention_class;
  bool legal_hold = false;
  std::string incident;
  std::vector<Entity> entities;
  AlertTimes times;
  std::uint64_t count = 0;           // events attached
  std::uint64_t since_decision = 0;  // of them, after the standing decision
};

struct HistoryRow {
  EntrySeq entry;
  std::string type;  // entry type, `alert.decided`
  Timestamp time{};
  ActorContext context;
  AlertVersion version;
  Status status_before = Status::New;
  Status status_after = Status::New;
  std::optional<PersonId> owner_before;
  std::optional<PersonId> owner_after;
  std::optional<Verdict> verdict_before;
  std::optional<Verdict> verdict_after;
  std::optional<ReasonCode> reason_code;
  std::string policy;
  std::string batch;  // bulk operation, empty otherwise
  std::string text;   // note, rationale, reason; empty after erasure
};

/// A request of the API, the CLI or the store itself. The writer decides it; clients fill only what the kind
/// uses.
struct AlertAction {
  ActionKind kind = ActionKind::Note;
  AlertId alert;
  std::optional<AlertVersion> expected_version;  // If-Match; absent only for the store's own actions
  ActorContext context;
  std::optional<PersonId> assignee;       // assign
  std::optional<Verdict> verdict;         // decide, close
  std::optional<ReasonCode> reason_code;  // decide, close
  std::string text;                     // note; rationale of decide and close; reason of hold, return, reopen
  std::optional<AlertId> duplicate_of;  // verdict duplicate
  std::string reference;                // verdict managed_externally, test
  std::optional<Timestamp> wake;        // hold
  std::string idempotency_key;          // empty: none; scope is the actor
  std::string request_fingerprint;      // hex SHA-256 of method, path, body; with idempotency_key
};

/// Answer to an action that is durable.
struct ActionReceipt {
  Alert alert;            // after the action
  EntrySeq entry;         // the last entry that the action wrote
  bool replayed = false;  // an earlier answer for the same idempotency key
};

}  // namespace countersign
