// SPDX-License-Identifier: Apache-2.0
// The review life cycle as one pure transition table (semantics.md §8). Everything that is not in the table
// is refused with the reason. No clock, no store, no I/O; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace countersign {

enum class Status : std::uint8_t {
  New = 1,
  InProgress,
  OnHold,
  AwaitingCountersign,
  Closed,
  ExpiredUnreviewed
};
std::string_view to_string(Status status);
std::optional<Status> parse_status(std::string_view text);
/// Open = new, in_progress, on_hold, awaiting_countersign.
bool is_open(Status status);

/// OCSF `verdict_id` names (product.md, "Words").
enum class Verdict : std::uint8_t {
  TruePositive = 1,
  Benign,
  FalsePositive,
  Duplicate,
  Test,
  InsufficientData,
  ManagedExternally,
  Disregard,
};
std::string_view to_string(Verdict verdict);
std::optional<Verdict> parse_verdict(std::string_view text);
std::string verdict_words();  // all of them, for a message

/// Closed list of review.md ("Reason codes").
enum class ReasonCode : std::uint8_t {
  ConfirmedIncident = 1,
  SuspiciousButExpected,
  IncorrectLogic,
  InaccurateData,
  AuthorisedChange,
  KnownTool,
  NoData,
};
std::string_view to_string(ReasonCode code);
std::optional<ReasonCode> parse_reason_code(std::string_view text);
std::string reason_code_words();

enum class ActionKind : std::uint8_t {
  Take = 1,
  Assign,
  Release,
  LeaseExpired,  // the store's own
  Note,
  Hold,
  Resume,
  WakeUp,  // the store's own
  Decide,
  Close,
  Approve,
  Return,
  Reopen,
  Undo,
  ExpireUnreviewed,  // the store's own
};
std::string_view to_string(ActionKind kind);

enum class ActorKind : std::uint8_t { Human = 1, Rule, Service, Import, Ai };
std::string_view to_string(ActorKind kind);

}  // namespace countersign
