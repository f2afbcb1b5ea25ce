// SPDX-License-Identifier: Apache-2.0
// What an action does to an alert: the table of semantics.md §8 and the closure rule, as one pure function.
// No clock, no store, no I/O; any thread. Every change of a status in this product goes through `transition`.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "store/alert.h"
#include "store/policy.h"

namespace countersign {

/// All of an alert that an action can change.
struct ReviewState {
  Status status = Status::New;
  std::optional<PersonId> owner;
  std::optional<Timestamp> lease_until;
  std::optional<Timestamp> wake;
  std::optional<Decision> decision;  // the standing one; its rationale is kept as a payload, empty here
  bool rationale_given = false;      // stays true when the text is erased
  Timestamp due{};                   // of the review clock
  std::optional<Timestamp> countersign_due;  // of awaiting_countersign
  bool review_missed = false;                // the deadline passed and is recorded
  bool countersign_missed = false;
  std::vector<PersonId> eyes;  // sorted: owners and deciders of this review, who can never approve it
  std::optional<Timestamp> first_owned;
  std::optional<Timestamp> first_touched;
  std::optional<Timestamp> decided;  // first human decision that stands
  std::optional<Timestamp> closed;
  std::optional<Timestamp> approved;
  std::optional<Timestamp> reopened;
};

/// What `undo` goes back to. A note neither makes nor replaces one.
struct UndoPoint {
  Actor actor;
  Timestamp time{};
  ActionKind action = ActionKind::Note;
  ReviewState before;
};

struct AlertView {
  AlertId id;
  AlertVersion version;
  Level severity = Level::Medium;
  ReviewState state;
  std::optional<UndoPoint> undo;
};

/// One entry to write. All steps of one action share the new alert version.
struct Step {
  std::string_view entry_type;
  Status before = Status::New;
  Status after = Status::New;
};

struct Transition {
  ReviewState after;
  std::vector<Step> steps;        // at least one
  std::optional<UndoPoint> undo;  // of the alert afterwards
};

/// Errors: Denied (this actor may not), Conflict (version, with the current one in `fields`; status), and
/// InvalidArgument with one of `fields` for each thing that is missing or wrong.
Result<Transition> transition(const AlertView& alert, const AlertAction& action, const Policy& policy,
                              Timestamp now);

/// True for the actions that only the store itself takes.
bool is_own_action(ActionKind kind);

}  // namespace countersign
