// SPDX-License-Identifier: Apache-2.0
#include "store/transition.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace countersign {
namespace {

struct Context {
  const AlertView& alert;
  const AlertAction& action;
  const Policy& policy;
  Timestamp now;
  Transition out;                  // starts as the state before
  std::vector<FieldError> errors;  // what is missing or wrong in the request

  PersonId actor() const { return PersonId{action.context.actor.id}; }
  void missing(std::string field, std::string message) {
    errors.push_back({std::move(field), "required", std::move(message)});
  }
  void invalid(std::string field, std::string message) {
    errors.push_back({std::move(field), "invalid", std::move(message)});
  }
  void step(std::string_view type, Status after) {
    out.steps.push_back({type, out.after.status, after});
    out.after.status = after;
  }
};

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

void add_eye(ReviewState& state, const PersonId& person) {
  const auto place = std::ranges::lower_bound(state.eyes, person);
  if (place == state.eyes.end() || *place != person) state.eyes.insert(place, person);
}

void set_owner(Context& c, const PersonId& person) {
  ReviewState& state = c.out.after;
  state.owner = person;
  add_eye(state, person);
  if (!state.first_owned) state.first_owned = c.now;
}

void start_lease(Context& c) { c.out.after.lease_until = c.now + c.policy.lease; }

void withdraw_verdict(ReviewState& state) {
  state.decision.reset();
  state.rationale_given = false;
  state.decided.reset();
  state.closed.reset();
  state.approved.reset();
  state.countersign_due.reset();
  state.countersign_missed = false;
}

// --- the parts of a decision

void require_reason(Context& c) {
  if (is_blank(c.action.text)) {
    c.missing("reason", fmt::format("{} needs a reason", to_string(c.action.kind)));
  }
}

bool rationale_is_due(const Context& c) { return c.alert.severity >= c.policy.rationale_from; }

void require_rationale(Context& c) {
  c.missing("rationale",
            fmt::format("policy {} asks for a text from severity {} on; this alert is {}", c.policy.version,
                        to_string(c.policy.rationale_from), to_string(c.alert.severity)));
}

void check_target(Context& c, Verdict verdict) {
  const bool duplicate = verdict == Verdict::Duplicate;
  if (duplicate && !c.action.duplicate_of) {
    c.missing("duplicate_of", "verdict duplicate names the alert that it repeats");
  } else if (!duplicate && c.action.duplicate_of) {
    c.invalid("duplicate_of", fmt::format("verdict {} has no such alert", to_string(verdict)));
  } else if (duplicate && *c.action.duplicate_of == c.alert.id) {
    c.invalid("duplicate_of", "an alert is not a duplicate of itself");
  }
  const bool refers = verdict == Verdict::ManagedExternally || verdict == Verdict::Test;
  if (refers && is_blank(c.action.reference)) {
    c.missing("reference", fmt::format("verdict {} carries a reference", to_string(verdict)));
  } else if (!refers && !c.action.reference.empty()) {
    c.invalid("reference", fmt::format("verdict {} has no reference", to_string(verdict)));
  }
}

/// Makes the standing decision from the request, or says what it lacks.
void read_decision(Context& c) {
  const AlertAction& action = c.action;
  if (!action.verdict) c.missing("verdict", "a decision needs a verdict");
  if (!action.reason_code) c.missing("reason_code", "a decision needs a reason code");
  if (rationale_is_due(c) && is_blank(action.text)) require_rationale(c);
  if (action.verdict) check_target(c, *action.verdict);
  if (!c.errors.empty()) return;

  ReviewState& state = c.out.after;
  Decision decision;
  decision.verdict = *action.verdict;
  decision.reason_code = *action.reason_code;
  decision.decider = action.context.actor;
  decision.time = c.now;
  decision.duplicate_of = action.duplicate_of;
  decision.reference = action.reference;
  state.decision = std::move(decision);
  state.rationale_given = !is_blank(action.text);
  if (!state.decided) state.decided = c.now;
  add_eye(state, c.actor());
  if (!state.owner) set_owner(c, c.actor());
  state.wake.reset();
  c.step("alert.decided", Status::InProgress);
}

bool brings_decision(const AlertAction& action) {
  return action.verdict || action.reason_code || action.duplicate_of || !action.text.empty() ||
         !action.reference.empty();
}

/// The closure rule: what `state` lacks to be closed. The only judge of it, on every path.
void check_closure(Context& c) {
  const ReviewState& state = c.out.after;
  const bool decided = state.decision && state.decided && state.decision->time != Timestamp{};
  if (!decided) {
    c.missing("verdict", "no verdict stands");
    c.missing("reason_code", "no verdict stands, so no reason code");
  }
  if (rationale_is_due(c) && !state.rationale_given) require_rationale(c);
  if (!state.owner || state.owner->empty()) c.missing("owner", "nobody answers for this alert");
}

// --- one effect per action

void take(Context& c) {
  set_owner(c, c.actor());
  c.out.after.wake.reset();
  start_lease(c);
  c.step("alert.assigned", Status::InProgress);
}

void assign(Context& c) {
  if (!c.action.assignee || c.action.assignee->empty()) {
    c.missing("assignee", "assign names a person");
    return;
  }
  set_owner(c, *c.action.assignee);
  c.out.after.wake.reset();
  start_lease(c);
  c.step("alert.assigned", Status::InProgress);
}

void release(Context& c) {
  c.out.after.owner.reset();
  c.out.after.lease_until.reset();
  c.out.after.wake.reset();
  c.step("alert.released", Status::New);
}

void note(Context& c) {
  if (is_blank(c.action.text)) c.missing("text", "a note has a text");
  if (c.out.after.status == Status::InProgress && c.out.after.owner == c.actor()) start_lease(c);
  c.step("alert.noted", c.out.after.status);
}

void hold(Context& c) {
  require_reason(c);
  if (!c.action.wake) {
    c.missing("wake", "hold says when it ends");
  } else if (*c.action.wake <= c.now) {
    c.invalid("wake", fmt::format("{} is not in the future", format_rfc3339_millis(*c.action.wake)));
  }
  c.out.after.wake = c.action.wake;
  // The owner said until when he waits: his lease runs from there.
  if (c.action.wake) c.out.after.lease_until = *c.action.wake + c.policy.lease;
  c.step("alert.held", Status::OnHold);
}

void resume(Context& c) {
  c.out.after.wake.reset();
  start_lease(c);
  c.step("alert.resumed", Status::InProgress);
}

void decide(Context& c) {
  read_decision(c);
  start_lease(c);
}

void close(Context& c) {
  if (brings_decision(c.action)) read_decision(c);
  ReviewState& state = c.out.after;
  state.wake.reset();
  state.lease_until.reset();
  if (c.policy.countersign_from && c.alert.severity >= *c.policy.countersign_from) {
    state.countersign_due = c.now + c.policy.countersign_target;
    c.step("alert.approval_requested", Status::AwaitingCountersign);
  } else {
    state.closed = c.now;
    c.step("alert.closed", Status::Closed);
  }
}

void approve(Context& c) {
  c.out.after.approved = c.now;
  c.out.after.closed = c.now;
  c.out.after.countersign_due.reset();
  c.out.after.countersign_missed = false;
  c.step("alert.approved", Status::AwaitingCountersign);
  c.step("alert.closed", Status::Closed);
}

void give_back(Context& c) {
  require_reason(c);
  withdraw_verdict(c.out.after);
  start_lease(c);
  c.step("alert.returned", Status::InProgress);
}

void reopen(Context& c) {
  require_reason(c);
  ReviewState& state = c.out.after;
  withdraw_verdict(state);
  state.eyes.clear();
  set_owner(c, c.actor());
  state.reopened = c.now;
  state.due = c.now + review_target(c.policy, c.alert.severity);
  state.review_missed = false;
  start_lease(c);
  c.step("alert.reopened", Status::InProgress);
}

void undo(Context& c) {
  const ReviewState current = c.out.after;
  ReviewState& state = c.out.after;
  state = c.alert.undo->before;
  state.first_touched = current.first_touched;
  // A deadline that is recorded as missed is not missed twice.
  if (state.due == current.due) state.review_missed = state.review_missed || current.review_missed;
  // Whoever once owned or decided stays ineligible to approve.
  for (const PersonId& person : current.eyes) add_eye(state, person);
  if (state.owner && state.status == Status::InProgress) start_lease(c);
  c.out.steps.push_back({"alert.undone", current.status, state.status});
}

void expire(Context& c) {
  c.out.after.lease_until.reset();
  c.out.after.wake.reset();
  c.step("alert.expired_unreviewed", Status::ExpiredUnreviewed);
}

// --- the table

constexpr unsigned bit(Status status) { return 1U << static_cast<unsigned>(status); }
constexpr unsigned kNew = bit(Status::New);
constexpr unsigned kInProgress = bit(Status::InProgress);
constexpr unsigned kOnHold = bit(Status::OnHold);
constexpr unsigned kAwaiting = bit(Status::AwaitingCountersign);
constexpr unsigned kClosed = bit(Status::Closed);
constexpr unsigned kExpired = bit(Status::ExpiredUnreviewed);
constexpr unsigned kUndecided = kNew | kInProgress | kOnHold | kExpired;
constexpr unsigned kAny = kUndecided | kAwaiting | kClosed;

enum class Who : std::uint8_t { Human, OtherHuman, Author, HumanOrService, Store };

struct Row {
  ActionKind kind;
  unsigned from;
  Who who;
  void (*effect)(Context&);
};

constexpr std::array<Row, 15> kTable{{
    {ActionKind::Take, kUndecided, Who::Human, take},
    {ActionKind::Assign, kUndecided, Who::Human, assign},
    {ActionKind::Release, kInProgress | kOnHold, Who::Human, release},
    {ActionKind::LeaseExpired, kInProgress | kOnHold, Who::Store, release},
    {ActionKind::Note, kAny, Who::HumanOrService, note},
    {ActionKind::Hold, kInProgress, Who::Human, hold},
    {ActionKind::Resume, kOnHold, Who::Human, resume},
    {ActionKind::WakeUp, kOnHold, Who::Store, resume},
    {ActionKind::Decide, kUndecided, Who::Human, decide},
    {ActionKind::Close, kUndecided, Who::Human, close},
    {ActionKind::Approve, kAwaiting, Who::OtherHuman, approve},
    {ActionKind::Return, kAwaiting, Who::OtherHuman, give_back},
    {ActionKind::Reopen, kClosed, Who::Human, reopen},
    {ActionKind::Undo, kAny, Who::Author, undo},
    {ActionKind::ExpireUnreviewed, kNew | kInProgress | kOnHold, Who::Store, expire},
}};

const Row* find_row(ActionKind kind) {
  const auto row = std::ranges::find(kTable, kind, &Row::kind);
  return row == kTable.end() ? nullptr : &*row;
}

tl::unexpected<Error> denied(const Context& c, std::string_view why) {
  return failure(ErrorKind::Denied,
                 fmt::format("{} of alert {}: {}", to_string(c.action.kind), to_string(c.alert.id), why));
}

Result<void> check_other_person(const Context& c) {
  const ReviewState& state = c.alert.state;
  const PersonId actor = c.actor();
  const bool decided = state.decision && state.decision->decider.id == actor.value;
  if (decided || state.owner == actor || std::ranges::binary_search(state.eyes, actor)) {
    return denied(c, "a different person countersigns; this one owned or decided it");
  }
  return {};
}

Result<void> check_author(const Context& c) {
  const auto& undo = c.alert.undo;
  if (!undo) return failure(ErrorKind::Conflict, "undo: the last action on this alert cannot be undone");
  if (undo->actor != c.action.context.actor) return denied(c, "the last action was somebody else's");
  if (c.now - undo->time > c.policy.undo_window) {
    return failure(ErrorKind::Conflict,
                   fmt::format("undo: the action is older than {} minutes", c.policy.undo_window.count()));
  }
  return {};
}

Result<void> check_actor(const Context& c, Who who) {
  const Actor& actor = c.action.context.actor;
  const bool human = actor.kind == ActorKind::Human;
  if (actor.id.empty()) return denied(c, "an actor has an id");
  switch (who) {
    case Who::Store:
      if (actor.kind != ActorKind::Service) return denied(c, "only the store itself does that");
      return {};
    case Who::HumanOrService:
      if (!human && actor.kind != ActorKind::Service) return denied(c, "needs a person or a token");
      return {};
    case Who::Human:
    case Who::OtherHuman:
    case Who::Author:
      if (!human) {
        return denied(c, fmt::format("needs a person; the actor is of kind {}", to_string(actor.kind)));
      }
      break;
  }
  return {};
}

Result<void> check_version(const Context& c) {
  const auto& expected = c.action.expected_version;
  if (!expected) {
    if (is_own_action(c.action.kind)) return {};
    Error error{ErrorKind::InvalidArgument, "an action names the version that it was decided on", {}};
    error.fields.push_back({"version", "required", "missing"});
    return failure(std::move(error));
  }
  if (*expected == c.alert.version) return {};
  Error error{ErrorKind::Conflict,
              fmt::format("alert {} is at version {}, not {}", to_string(c.alert.id), c.alert.version.value,
                          expected->value),
              {}};
  error.fields.push_back({"version", "stale", std::to_string(c.alert.version.value)});
  return failure(std::move(error));
}

Result<void> check_status(const Context& c, const Row& row) {
  const Status status = c.alert.state.status;
  if ((row.from & bit(status)) == 0) {
    return failure(ErrorKind::Conflict,
                   fmt::format("{} is not possible: alert {} is {}", to_string(c.action.kind),
                               to_string(c.alert.id), to_string(status)));
  }
  if (c.action.kind == ActionKind::ExpireUnreviewed && c.alert.state.decision) {
    return failure(ErrorKind::Conflict, "a decision stands: the alert was reviewed");
  }
  return {};
}

/// An alert that waits for its countersignature is as complete as a closed one.
bool ends_review(Status before, Status after) {
  return before != after && (after == Status::Closed || after == Status::AwaitingCountersign);
}

void finish(Context& c) {
  const bool human = c.action.context.actor.kind == ActorKind::Human;
  if (human && !c.out.after.first_touched) c.out.after.first_touched = c.now;
  if (c.action.kind == ActionKind::Note) {
    c.out.undo = c.alert.undo;
  } else if (human && c.action.kind != ActionKind::Undo) {
    c.out.undo = UndoPoint{c.action.context.actor, c.now, c.action.kind, c.alert.state};
  }
}

std::string missing_text(const Context& c) {
  std::string names;
  for (const FieldError& error : c.errors) names += (names.empty() ? "" : ", ") + error.field;
  return fmt::format("{} of alert {}: missing or wrong: {}", to_string(c.action.kind), to_string(c.alert.id),
                     names);
}

}  // namespace

bool is_own_action(ActionKind kind) {
  const Row* row = find_row(kind);
  return row != nullptr && row->who == Who::Store;
}

Result<Transition> transition(const AlertView& alert, const AlertAction& action, const Policy& policy,
                              Timestamp now) {
  const Row* row = find_row(action.kind);
  if (row == nullptr) return failure(ErrorKind::InvalidArgument, "no such action");
  Context c{alert, action, policy, now, {}, {}};
  c.out.after = alert.state;
  if (auto ok = check_actor(c, row->who); !ok) return failure(ok.error());
  if (auto ok = check_version(c); !ok) return failure(ok.error());
  if (auto ok = check_status(c, *row); !ok) return failure(ok.error());
  if (row->who == Who::OtherHuman) {
    if (auto ok = check_other_person(c); !ok) return failure(ok.error());
  }
  if (row->who == Who::Author) {
    if (auto ok = check_author(c); !ok) return failure(ok.error());
  }

  row->effect(c);
  if (c.errors.empty() && ends_review(alert.state.status, c.out.after.status)) check_closure(c);
  if (!c.errors.empty()) {
    return failure(Error{ErrorKind::InvalidArgument, missing_text(c), std::move(c.errors)});
  }
  finish(c);
  return std::move(c.out);
}

}  // namespace countersign
