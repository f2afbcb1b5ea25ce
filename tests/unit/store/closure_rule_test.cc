// SPDX-License-Identifier: Apache-2.0
// The closure rule and the life cycle, tried over every status × action × actor kind × missing field. What is
// expected is written out here by hand, from semantics.md §8; it shares nothing with store/transition.cc.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "direct.h"
#include "store/transition.h"

namespace countersign::test {
namespace {

constexpr std::array kStatuses{"new",    "in_progress",       "on_hold", "awaiting_countersign",
                               "closed", "expired_unreviewed"};
constexpr std::array kActors{"human", "rule", "service", "import", "ai"};

/// What a person gets who is not the owner and leaves nothing out. "-": refused, because of the status.
/// "store": only the store itself does that. "author": not his own last action, or none.
struct Expectation {
  std::string_view action;
  std::array<std::string_view, 6> after;  // in the order of kStatuses
};
constexpr std::array<Expectation, 15> kExpected{{
    {"take", {"in_progress", "in_progress", "in_progress", "-", "-", "in_progress"}},
    {"assign", {"in_progress", "in_progress", "in_progress", "-", "-", "in_progress"}},
    {"release", {"-", "new", "new", "-", "-", "-"}},
    {"lease_expired", {"store", "store", "store", "store", "store", "store"}},
    {"note", {"new", "in_progress", "on_hold", "awaiting_countersign", "closed", "expired_unreviewed"}},
    {"hold", {"-", "on_hold", "-", "-", "-", "-"}},
    {"resume", {"-", "-", "in_progress", "-", "-", "-"}},
    {"wake_up", {"store", "store", "store", "store", "store", "store"}},
    {"decide", {"in_progress", "in_progress", "in_progress", "-", "-", "in_progress"}},
    {"close", {"closed", "closed", "closed", "-", "-", "closed"}},
    {"approve", {"-", "-", "-", "closed", "-", "-"}},
    {"return", {"-", "-", "-", "in_progress", "-", "-"}},
    {"reopen", {"-", "-", "-", "-", "in_progress", "-"}},
    {"undo", {"author", "author", "author", "author", "author", "author"}},
    {"expire_unreviewed", {"store", "store", "store", "store", "store", "store"}},
}};

/// What the store's own actions do.
constexpr std::array<Expectation, 3> kOwnExpected{{
    {"lease_expired", {"-", "new", "new", "-", "-", "-"}},
    {"wake_up", {"-", "-", "in_progress", "-", "-", "-"}},
    {"expire_unreviewed", {"expired_unreviewed", "expired_unreviewed", "expired_unreviewed", "-", "-", "-"}},
}};

ActionKind action_named(std::string_view name) {
  for (int number = 1; number <= 15; ++number) {
    if (to_string(static_cast<ActionKind>(number)) == name) return static_cast<ActionKind>(number);
  }
  ADD_FAILURE() << "no action " << name;
  return ActionKind::Note;
}

ActorKind actor_named(std::string_view name) {
  for (int number = 1; number <= 5; ++number) {
    if (to_string(static_cast<ActorKind>(number)) == name) return static_cast<ActorKind>(number);
  }
  ADD_FAILURE() << "no actor " << name;
  return ActorKind::Human;
}

class ClosureRule : public testing::Test {
 protected:
  /// A fresh alert of `status`; its owner, where it has one, is p-owner.
  AlertId alert_in(std::string_view status) {
    const AlertId id = store.open(status == "awaiting_countersign" ? Level::Critical : Level::High);
    if (status == "new") return id;
    if (status == "expired_unreviewed") {
      store.must(ActionKind::ExpireUnreviewed, id, "");
      return id;
    }
    store.must(ActionKind::Take, id, "p-owner");
    if (status == "on_hold") store.must(ActionKind::Hold, id, "p-owner");
    if (status == "awaiting_countersign" || status == "closed") store.must(ActionKind::Close, id, "p-owner");
    return id;
  }

  /// No closed alert lacks anything, whatever led there.
  void expect_complete_when_closed(const AlertId& id, const std::string& how) {
    const AlertRecord record = store.record(id);
    const std::string_view status = to_string(record.review.status);
    if (status != "closed" && status != "awaiting_countersign") return;
    EXPECT_TRUE(record.review.owner && !record.review.owner->value.empty()) << how;
    ASSERT_TRUE(record.review.decision) << how;
    EXPECT_NE(to_string(record.review.decision->verdict), "unknown") << how;
    EXPECT_NE(to_string(record.review.decision->reason_code), "unknown") << how;
    EXPECT_GT(record.review.decision->time, at("2026-01-01T00:00:00Z")) << how;
    EXPECT_TRUE(record.review.decided) << how;
    EXPECT_TRUE(record.review.rationale_given) << how;
  }

  Direct store{policy_with_countersign()};
};

TEST_F(ClosureRule, EveryStatusActionAndActorKindEndsAsTheTableSays) {
  Person assignee;
  assignee.login = "assignee";
  assignee.roles = {Role::Analyst};
  const auto added = store.run(AddPersonCommand{assignee, human("p-admin")});
  ASSERT_TRUE(added);
  int tried = 0;
  for (std::size_t s = 0; s < kStatuses.size(); ++s) {
    for (const Expectation& row : kExpected) {
      for (const std::string_view actor : kActors) {
        const std::string how = fmt::format("{} on {} by {}", row.action, kStatuses[s], actor);
        const AlertId id = alert_in(kStatuses[s]);
        AlertAction action = store.request(action_named(row.action), id, "p-other");
        action.context.actor.kind = actor_named(actor);
        if (row.action == "assign") action.assignee = added->person->id;
        const std::string_view expected = row.after[s];
        const bool may_act = actor == "human" || (actor == "service" && row.action == "note");
        const auto done = store.run(ActionCommand{action, false});
        ++tried;
        if (expected == "store" || !may_act) {
          ASSERT_FALSE(done) << how;
          EXPECT_EQ(done.error().kind, ErrorKind::Denied) << how;
        } else if (expected == "-") {
          ASSERT_FALSE(done) << how;
          EXPECT_EQ(done.error().kind, ErrorKind::Conflict) << how;
        } else if (expected == "author") {
          ASSERT_FALSE(done) << how;
        } else {
          ASSERT_TRUE(done) << how << ": " << done.error().message;
        }
        const std::string_view after = done ? expected : std::string_view(kStatuses[s]);
        EXPECT_EQ(to_string(store.record(id).review.status), after) << how;
        expect_complete_when_closed(id, how);
      }
    }
  }
  EXPECT_EQ(tried, 6 * 15 * 5);
}

TEST_F(ClosureRule, TheStoresOwnActionsFollowTheTableAndNeedItsOwnActor) {
  for (std::size_t s = 0; s < kStatuses.size(); ++s) {
    for (const Expectation& row : kOwnExpected) {
      for (const std::string_view actor : kActors) {
        const std::string how = fmt::format("{} on {} by {}", row.action, kStatuses[s], actor);
        const AlertId id = alert_in(kStatuses[s]);
        AlertAction action = store.request(action_named(row.action), id, "x");
        action.context.actor.kind = actor_named(actor);
        const auto done = store.run(ActionCommand{action, true});
        const bool accepted = actor == "service" && row.after[s] != "-";
        EXPECT_EQ(done.has_value(), accepted) << how;
        EXPECT_EQ(to_string(store.record(id).review.status), accepted ? row.after[s] : kStatuses[s]) << how;
        expect_complete_when_closed(id, how);
      }
    }
  }
}

TEST_F(ClosureRule, AnAlertWithAStandingDecisionDoesNotExpireUnreviewed) {
  const AlertId id = alert_in("in_progress");
  store.must(ActionKind::Decide, id, "p-owner");
  AlertAction expire = store.request(ActionKind::ExpireUnreviewed, id, "");
  expire.context.actor = {ActorKind::Service, "countersign"};
  const auto refused = store.run(ActionCommand{expire, true});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
  EXPECT_EQ(store.record(id).review.status, Status::InProgress);
}

/// What is left out of a request to close or decide, and what the refusal must name. The alert is of severity
/// high, so that the policy asks for a text.
struct Missing {
  std::string_view left_out;
  Fields named_unowned;  // when nobody owns the alert
  Fields named_owned;
};
const std::array<Missing, 8> kMissing{{
    {"nothing", {}, {}},
    {"verdict", {"verdict"}, {"verdict"}},
    {"reason_code", {"reason_code"}, {"reason_code"}},
    {"rationale", {"rationale"}, {"rationale"}},
    {"verdict reason_code", {"verdict", "reason_code"}, {"verdict", "reason_code"}},
    {"verdict rationale", {"verdict", "rationale"}, {"verdict", "rationale"}},
    {"reason_code rationale", {"reason_code", "rationale"}, {"reason_code", "rationale"}},
    {"verdict reason_code rationale",
     {"verdict", "reason_code", "rationale", "owner"},
     {"verdict", "reason_code", "rationale"}},
}};

void leave_out(std::string_view names, AlertAction& action) {
  if (names.find("verdict") != std::string_view::npos) action.verdict.reset();
  if (names.find("reason_code") != std::string_view::npos) action.reason_code.reset();
  if (names.find("rationale") != std::string_view::npos) action.text = "";
}

TEST_F(ClosureRule, ARefusedClosureNamesExactlyWhatIsMissing) {
  for (const std::string_view status : {"new", "in_progress", "on_hold", "expired_unreviewed"}) {
    for (const Missing& missing : kMissing) {
      const std::string how = fmt::format("close of {} without {}", status, missing.left_out);
      const AlertId id = alert_in(status);
      AlertAction action = store.request(ActionKind::Close, id, "p-other");
      leave_out(missing.left_out, action);
      const bool owned = status == "in_progress" || status == "on_hold";
      const Fields& named = owned ? missing.named_owned : missing.named_unowned;
      const auto done = store.run(ActionCommand{action, false});
      EXPECT_EQ(done.has_value(), named.empty()) << how;
      if (!done) {
        EXPECT_EQ(done.error().kind, ErrorKind::InvalidArgument) << how;
        EXPECT_EQ(fields_of(done.error()), named) << how;
        EXPECT_EQ(to_string(store.record(id).review.status), status) << how;
        EXPECT_FALSE(store.record(id).review.decision) << how;
      }
      expect_complete_when_closed(id, how);
    }
  }
}

TEST_F(ClosureRule, ADecisionWithoutItsPartsDoesNotStand) {
  for (const Missing& missing : kMissing) {
    const AlertId id = alert_in("in_progress");
    AlertAction action = store.request(ActionKind::Decide, id, "p-other");
    leave_out(missing.left_out, action);
    const auto done = store.run(ActionCommand{action, false});
    EXPECT_EQ(done.has_value(), missing.named_owned.empty()) << missing.left_out;
    if (!done) {
      EXPECT_EQ(fields_of(done.error()), missing.named_owned) << missing.left_out;
    }
    EXPECT_EQ(store.record(id).review.decision.has_value(), done.has_value()) << missing.left_out;
  }
}

TEST_F(ClosureRule, AStandingVerdictWithoutOwnerCannotBeClosed) {
  const AlertId id = alert_in("in_progress");
  store.must(ActionKind::Decide, id, "p-owner");
  store.must(ActionKind::Release, id, "p-owner");
  ASSERT_TRUE(store.record(id).review.decision);
  AlertAction bare = store.request(ActionKind::Close, id, "p-other");
  leave_out("verdict reason_code rationale", bare);
  const auto refused = store.run(ActionCommand{bare, false});
  ASSERT_FALSE(refused);
  EXPECT_EQ(fields_of(refused.error()), Fields{"owner"});
  store.must(ActionKind::Take, id, "p-other");
  bare.expected_version = store.record(id).facts.version;
  EXPECT_TRUE(store.run(ActionCommand{bare, false}));
  EXPECT_EQ(to_string(store.record(id).review.status), "closed");
  expect_complete_when_closed(id, "close after take");
}

TEST_F(ClosureRule, TextsThatAreBlankAreNoTexts) {
  const AlertId id = alert_in("in_progress");
  AlertAction action = store.request(ActionKind::Close, id, "p-owner");
  action.text = " \t\n";
  const auto done = store.run(ActionCommand{action, false});
  ASSERT_FALSE(done);
  EXPECT_EQ(fields_of(done.error()), Fields{"rationale"});
}

TEST_F(ClosureRule, AStricterPolicyHoldsForTheClosureOfAnOlderDecision) {
  const AlertId id = store.open(Level::Medium);
  AlertAction decide = store.request(ActionKind::Decide, id, "p-owner");
  decide.text = "";
  ASSERT_TRUE(store.run(ActionCommand{decide, false}));
  StartCommand stricter;
  stricter.build = "test";
  stricter.policy = policy_with_countersign();
  stricter.policy.version = "stricter";
  stricter.policy.rationale_from = Level::Low;
  ASSERT_TRUE(store.run(stricter));
  AlertAction bare = store.request(ActionKind::Close, id, "p-owner");
  leave_out("verdict reason_code rationale", bare);
  const auto refused = store.run(ActionCommand{bare, false});
  ASSERT_FALSE(refused);
  EXPECT_EQ(fields_of(refused.error()), Fields{"rationale"});
  EXPECT_TRUE(store.run(ActionCommand{store.request(ActionKind::Close, id, "p-owner"), false}));
}

TEST_F(ClosureRule, LowSeveritiesNeedNoTextByDefault) {
  const AlertId id = store.open(Level::Medium);
  AlertAction action = store.request(ActionKind::Close, id, "p-owner");
  action.text = "";
  EXPECT_TRUE(store.run(ActionCommand{action, false}));
  EXPECT_EQ(to_string(store.record(id).review.status), "closed");
}

TEST_F(ClosureRule, VerdictsThatPointElsewhereNameTheirTarget) {
  const AlertId target = alert_in("new");
  struct Case {
    Verdict verdict;
    bool duplicate_of;
    bool reference;
    Fields named;
  };
  const std::vector<Case> cases{
      {Verdict::Duplicate, false, false, {"duplicate_of"}},
      {Verdict::Duplicate, true, false, {}},
      {Verdict::Duplicate, true, true, {"reference"}},
      {Verdict::ManagedExternally, false, false, {"reference"}},
      {Verdict::ManagedExternally, false, true, {}},
      {Verdict::Test, false, false, {"reference"}},
      {Verdict::Test, false, true, {}},
      {Verdict::Benign, true, false, {"duplicate_of"}},
      {Verdict::Benign, false, true, {"reference"}},
      {Verdict::TruePositive, false, false, {}},
  };
  for (const Case& one : cases) {
    const AlertId id = alert_in("in_progress");
    AlertAction action = store.request(ActionKind::Close, id, "p-owner");
    action.verdict = one.verdict;
    if (one.duplicate_of) action.duplicate_of = target;
    if (one.reference) action.reference = "INC-4711";
    const auto done = store.run(ActionCommand{action, false});
    EXPECT_EQ(done.has_value(), one.named.empty()) << to_string(one.verdict);
    if (!done) {
      EXPECT_EQ(fields_of(done.error()), one.named) << to_string(one.verdict);
    }
  }
  const AlertId id = alert_in("in_progress");
  AlertAction self = store.request(ActionKind::Close, id, "p-owner");
  self.verdict = Verdict::Duplicate;
  self.duplicate_of = id;
  EXPECT_FALSE(store.run(ActionCommand{self, false}));
  self.duplicate_of = AlertId{1, 0, 999'999};
  const auto unknown = store.run(ActionCommand{self, false});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(fields_of(unknown.error()), Fields{"duplicate_of"});
}

// --- hold, reopen, undo

TEST_F(ClosureRule, HoldNeedsAReasonAndAFutureTime) {
  const AlertId id = alert_in("in_progress");
  AlertAction action = store.request(ActionKind::Hold, id, "p-owner");
  action.text = "";
  action.wake.reset();
  const auto bare = store.run(ActionCommand{action, false});
  ASSERT_FALSE(bare);
  EXPECT_EQ(fields_of(bare.error()), (Fields{"reason", "wake"}));
  action.text = "why";
  action.wake = store.now();
  const auto past = store.run(ActionCommand{action, false});
  ASSERT_FALSE(past);
  EXPECT_EQ(fields_of(past.error()), Fields{"wake"});
}

TEST_F(ClosureRule, ReopeningStartsANewClockAndForgetsTheVerdict) {
  const AlertId id = alert_in("closed");
  const Timestamp due = store.record(id).review.due;
  store.advance(std::chrono::hours{30});
  store.must(ActionKind::Reopen, id, "p-other");
  const AlertRecord record = store.record(id);
  EXPECT_EQ(record.review.owner, PersonId{"p-other"});
  EXPECT_FALSE(record.review.decision);
  EXPECT_FALSE(record.review.closed);
  EXPECT_EQ(record.review.due, store.now() + std::chrono::hours{1});
  EXPECT_GT(record.review.due, due);
}

TEST_F(ClosureRule, UndoGoesBackOneStepForItsAuthorWithinTenMinutes) {
  const AlertId id = alert_in("new");
  store.must(ActionKind::Close, id, "p-anna");
  const auto foreign = store.run(ActionCommand{store.request(ActionKind::Undo, id, "p-other"), false});
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().kind, ErrorKind::Denied);
  store.must(ActionKind::Note, id, "p-other");  // a note is in nobody's way
  store.advance(std::chrono::minutes{9});
  store.must(ActionKind::Undo, id, "p-anna");
  const AlertRecord record = store.record(id);
  EXPECT_EQ(record.review.status, Status::New);
  EXPECT_FALSE(record.review.decision);
  EXPECT_FALSE(record.review.owner);
  EXPECT_TRUE(record.review.first_touched);
  const auto again = store.run(ActionCommand{store.request(ActionKind::Undo, id, "p-anna"), false});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::Conflict);

  store.must(ActionKind::Close, id, "p-anna");
  store.advance(std::chrono::minutes{11});
  const auto late = store.run(ActionCommand{store.request(ActionKind::Undo, id, "p-anna"), false});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::Conflict);
}

TEST_F(ClosureRule, UndoingAReopenGivesACompleteClosedAlert) {
  const AlertId id = alert_in("closed");
  store.must(ActionKind::Reopen, id, "p-other");
  store.must(ActionKind::Undo, id, "p-other");
  EXPECT_EQ(store.record(id).review.status, Status::Closed);
  expect_complete_when_closed(id, "undo of reopen");
}

TEST_F(ClosureRule, AStaleVersionIsRefusedWithTheCurrentOne) {
  const AlertId id = alert_in("in_progress");
  AlertAction action = store.request(ActionKind::Close, id, "p-owner");
  action.expected_version = AlertVersion{1};
  const auto stale = store.run(ActionCommand{action, false});
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().kind, ErrorKind::Conflict);
  ASSERT_EQ(stale.error().fields.size(), 1U);
  EXPECT_EQ(stale.error().fields[0].field, "version");
  EXPECT_EQ(stale.error().fields[0].message, "2");
  action.expected_version.reset();
  const auto blind = store.run(ActionCommand{action, false});
  ASSERT_FALSE(blind);
  EXPECT_EQ(fields_of(blind.error()), Fields{"version"});
}

TEST_F(ClosureRule, WhatPointsNowhereIsRefused) {
  const AlertId id = alert_in("new");
  AlertAction assign = store.request(ActionKind::Assign, id, "p-lead");
  const auto nobody = store.run(ActionCommand{assign, false});
  ASSERT_FALSE(nobody);
  EXPECT_EQ(fields_of(nobody.error()), Fields{"assignee"});
  assign.assignee = PersonId{"p-unknown"};
  const auto unknown = store.run(ActionCommand{assign, false});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(fields_of(unknown.error()), Fields{"assignee"});
  AlertAction note = store.request(ActionKind::Note, id, "p-lead");
  note.alert.counter = 999'999;
  const auto missing = store.run(ActionCommand{note, false});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::NotFound);
  note = store.request(ActionKind::Note, id, "p-lead");
  note.context.actor.id = "";
  EXPECT_EQ(store.run(ActionCommand{note, false}).error().kind, ErrorKind::Denied);
}

TEST_F(ClosureRule, AContextThatCannotStandInTheLogIsRefused) {
  const AlertId id = alert_in("new");
  AlertAction note = store.request(ActionKind::Note, id, "p-anna");
  note.context.channel = "carrier pigeon";
  EXPECT_EQ(store.run(ActionCommand{note, false}).error().kind, ErrorKind::InvalidArgument);
  note.context.channel = "cli";
  note.context.auth_method = "";
  EXPECT_EQ(store.run(ActionCommand{note, false}).error().kind, ErrorKind::InvalidArgument);
  note.context.auth_method = "password";
  EXPECT_TRUE(store.run(ActionCommand{note, false}));
}

TEST_F(ClosureRule, TwoPeopleWhoTakeOneAlertInOneGroupDoNotBothGetIt) {
  const AlertId id = alert_in("new");
  const std::vector<Command> both{ActionCommand{store.request(ActionKind::Take, id, "p-anna"), false},
                                  ActionCommand{store.request(ActionKind::Take, id, "p-bert"), false}};
  const auto done = store.run_group(both);
  EXPECT_TRUE(done[0]);
  ASSERT_FALSE(done[1]);
  EXPECT_EQ(done[1].error().kind, ErrorKind::Conflict);
  EXPECT_EQ(store.record(id).review.owner, PersonId{"p-anna"});
}

}  // namespace
}  // namespace countersign::test
