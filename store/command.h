// SPDX-License-Identifier: Apache-2.0
// What the writer is asked to do. Time and randomness come with the command, so that deciding it needs
// neither clock nor generator.
#pragma once

#include <array>
#include <string>
#include <variant>
#include <vector>

#include "store/records.h"
#include "store/store.h"

namespace countersign {

/// Given by the writer when it takes the command.
struct Stamp {
  Timestamp time{};  // after that of every earlier command; whole microseconds
  std::array<std::uint8_t, 32> seed{};
};

struct ActionCommand {
  AlertAction action;
  bool own = false;  // the store's own: timers
};

struct ManualCommand {
  Store::ManualAlert alert;
};

struct ReportCommand {
  Report report;
};

struct ReplayCommand {
  std::vector<ReplayItem> letters;  // ascending; read before, which is safe because letters never change
  std::string rationale;
  ActorContext context;
};

struct RulesCommand {
  RuleSetManifest manifest;
};

struct QuarantineCommand {
  QuarantinedRule rule;
};

/// Looks at expected sources: those that cover others first.
struct SourcesCommand {
  std::vector<ExpectedSource> expected;
  Timestamp listening_from{};  // since when this process reads sources
};

struct PacksCommand {
  PackSetManifest manifest;
};

/// A deadline of an alert passed.
struct DeadlineCommand {
  AlertId alert;
  DueKind kind = DueKind::Review;
  Timestamp due{};
};

/// A row of idempotency or admin ended.
struct ExpireRowCommand {
  DueKind kind = DueKind::Idempotency;
  Timestamp due{};
  std::string key;
};

struct FinishRangeCommand {
  SourcePartition partition;
};

struct StartCommand {
  Identity identity;  // without its store key; used when the log is opened
  std::string build;
  Policy policy;
  std::vector<std::pair<std::string, Unrecorded>> unrecorded;  // by their keys
  std::vector<LetterTally> tallies;  // of letters that were stored before tallies were kept
  bool dropped_tail = false;         // the database's log ended in a damaged record
};

struct StopCommand {};

struct HeartbeatCommand {
  bool clock_known = false;
  bool clock_synchronised = false;
  std::chrono::microseconds clock_offset{};
  std::array<std::uint64_t, 5> unreviewed{};  // by Level
};

struct AddPersonCommand {
  Person person;
  ActorContext context;
};

struct UpdatePersonCommand {
  Person person;
  std::string login_before;  // its payload is not for `decide` to open
  ActorContext context;
};

struct AddSessionCommand {
  Session session;
};

struct RevokeSessionCommand {
  std::string hash;
};

struct RevokeSessionsCommand {
  PersonId person;
};

struct AddTokenCommand {
  ApiToken token;
  ActorContext context;
};

struct RevokeTokenCommand {
  std::string id;
  ActorContext context;
};

struct AuthFailureCommand {
  std::string login;
  std::string reason;
  std::string request;
};

using Command =
    std::variant<ActionCommand, ManualCommand, ReportCommand, ReplayCommand, RulesCommand, QuarantineCommand,
                 SourcesCommand, PacksCommand, DeadlineCommand, ExpireRowCommand, FinishRangeCommand,
                 StartCommand, StopCommand, HeartbeatCommand, AddPersonCommand, UpdatePersonCommand,
                 AddSessionCommand, RevokeSessionCommand, RevokeSessionsCommand, AddTokenCommand,
                 RevokeTokenCommand, AuthFailureCommand>;

/// True for reports and manifests, which wait behind people.
bool is_ingest(const Command& command);

}  // namespace countersign
