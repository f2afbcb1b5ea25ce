// SPDX-License-Identifier: Apache-2.0
#include "store/lifecycle.h"

#include <array>
#include <utility>

#include "store/alert.h"
#include "store/people.h"

namespace countersign {
namespace {

template <class Enum, std::size_t N>
using Words = std::array<std::pair<Enum, std::string_view>, N>;

constexpr Words<Status, 6> kStatuses{{
    {Status::New, "new"},
    {Status::InProgress, "in_progress"},
    {Status::OnHold, "on_hold"},
    {Status::AwaitingCountersign, "awaiting_countersign"},
    {Status::Closed, "closed"},
    {Status::ExpiredUnreviewed, "expired_unreviewed"},
}};

constexpr Words<Verdict, 8> kVerdicts{{
    {Verdict::TruePositive, "true_positive"},
    {Verdict::Benign, "benign"},
    {Verdict::FalsePositive, "false_positive"},
    {Verdict::Duplicate, "duplicate"},
    {Verdict::Test, "test"},
    {Verdict::InsufficientData, "insufficient_data"},
    {Verdict::ManagedExternally, "managed_externally"},
    {Verdict::Disregard, "disregard"},
}};

constexpr Words<ReasonCode, 7> kReasonCodes{{
    {ReasonCode::ConfirmedIncident, "confirmed_incident"},
    {ReasonCode::SuspiciousButExpected, "suspicious_but_expected"},
    {ReasonCode::IncorrectLogic, "incorrect_logic"},
    {ReasonCode::InaccurateData, "inaccurate_data"},
    {ReasonCode::AuthorisedChange, "authorised_change"},
    {ReasonCode::KnownTool, "known_tool"},
    {ReasonCode::NoData, "no_data"},
}};

constexpr Words<ActionKind, 15> kActions{{
    {ActionKind::Take, "take"},
    {ActionKind::Assign, "assign"},
    {ActionKind::Release, "release"},
    {ActionKind::LeaseExpired, "lease_expired"},
    {ActionKind::Note, "note"},
    {ActionKind::Hold, "hold"},
    {ActionKind::Resume, "resume"},
    {ActionKind::WakeUp, "wake_up"},
    {ActionKind::Decide, "decide"},
    {ActionKind::Close, "close"},
    {ActionKind::Approve, "approve"},
    {ActionKind::Return, "return"},
    {ActionKind::Reopen, "reopen"},
    {ActionKind::Undo, "undo"},
    {ActionKind::ExpireUnreviewed, "expire_unreviewed"},
}};

constexpr Words<ActorKind, 5> kActors{{
    {ActorKind::Human, "human"},
    {ActorKind::Rule, "rule"},
    {ActorKind::Service, "service"},
    {ActorKind::Import, "import"},
    {ActorKind::Ai, "ai"},
}};

constexpr Words<AlertKind, 6> kAlertKinds{{
    {AlertKind::Rule, "rule"},
    {AlertKind::Correlation, "correlation"},
    {AlertKind::Vendor, "vendor"},
    {AlertKind::Manual, "manual"},
    {AlertKind::Import, "import"},
    {AlertKind::Self, "self"},
}};

constexpr Words<Role, 6> kRoles{{
    {Role::Analyst, "analyst"},
    {Role::Lead, "lead"},
    {Role::Manager, "manager"},
    {Role::Auditor, "auditor"},
    {Role::Operator, "operator"},
    {Role::RuleAuthor, "rule_author"},
}};

template <class Enum, std::size_t N>
std::string_view word_of(const Words<Enum, N>& words, Enum value) {
  for (const auto& [known, word] : words) {
    if (known == value) return word;
  }
  return "unknown";
}

template <class Enum, std::size_t N>
std::optional<Enum> value_of(const Words<Enum, N>& words, std::string_view text) {
  for (const auto& [known, word] : words) {
    if (word == text) return known;
  }
  return std::nullopt;
}

template <class Enum, std::size_t N>
std::string list_of(const Words<Enum, N>& words) {
  std::string out;
  for (const auto& [value, word] : words) out.append(out.empty() ? "" : ", ").append(word);
  return out;
}

}  // namespace

std::string_view to_string(Status status) { return word_of(kStatuses, status); }
std::optional<Status> parse_status(std::string_view text) { return value_of(kStatuses, text); }

bool is_open(Status status) {
  switch (status) {
    case Status::New:
    case Status::InProgress:
    case Status::OnHold:
    case Status::AwaitingCountersign: return true;
    case Status::Closed:
    case Status::ExpiredUnreviewed: return false;
  }
  return false;
}

std::string_view to_string(Verdict verdict) { return word_of(kVerdicts, verdict); }
std::string verdict_words() { return list_of(kVerdicts); }
std::optional<Verdict> parse_verdict(std::string_view text) { return value_of(kVerdicts, text); }
std::string_view to_string(ReasonCode code) { return word_of(kReasonCodes, code); }
std::string reason_code_words() { return list_of(kReasonCodes); }
std::optional<ReasonCode> parse_reason_code(std::string_view text) { return value_of(kReasonCodes, text); }
std::string_view to_string(ActionKind kind) { return word_of(kActions, kind); }
std::string_view to_string(ActorKind kind) { return word_of(kActors, kind); }
std::string_view to_string(AlertKind kind) { return word_of(kAlertKinds, kind); }
std::string_view to_string(Role role) { return word_of(kRoles, role); }
std::optional<Role> parse_role(std::string_view text) { return value_of(kRoles, text); }

}  // namespace countersign
