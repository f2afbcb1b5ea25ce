// SPDX-License-Identifier: Apache-2.0
// Who may countersign a closure of a critical alert, and what returning it does.
#include <gtest/gtest.h>

#include "direct.h"

namespace countersign::test {
namespace {

class FourEyes : public testing::Test {
 protected:
  Direct store{policy_with_countersign()};
};

TEST_F(FourEyes, NobodyCountersignsWhatHeOwnedOrDecided) {
  const AlertId id = store.open(Level::Critical);
  store.must(ActionKind::Take, id, "p-first");     // owned it once
  store.must(ActionKind::Take, id, "p-owner");     // owns it
  store.must(ActionKind::Close, id, "p-decider");  // decided it, without owning it
  for (const std::string_view person : {"p-first", "p-owner", "p-decider"}) {
    for (const ActionKind kind : {ActionKind::Approve, ActionKind::Return}) {
      const auto done = store.run(ActionCommand{store.request(kind, id, std::string(person)), false});
      ASSERT_FALSE(done) << person;
      EXPECT_EQ(done.error().kind, ErrorKind::Denied) << person;
    }
  }
  store.must(ActionKind::Approve, id, "p-second");
  const AlertRecord record = store.record(id);
  EXPECT_EQ(to_string(record.review.status), "closed");
  EXPECT_TRUE(record.review.approved);
  EXPECT_EQ(record.review.owner, PersonId{"p-owner"});
}

TEST_F(FourEyes, TheAuthorOfAnEarlierVerdictDoesNotCountersignTheLaterOne) {
  const AlertId id = store.open(Level::Critical);
  store.must(ActionKind::Take, id, "p-owner");
  store.must(ActionKind::Decide, id, "p-first");  // never an owner
  store.must(ActionKind::Close, id, "p-second");
  const auto done = store.run(ActionCommand{store.request(ActionKind::Approve, id, "p-first"), false});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::Denied);
  store.must(ActionKind::Approve, id, "p-third");
}

TEST_F(FourEyes, AnUndoneDecisionStillExcludesItsAuthorFromApproving) {
  const AlertId id = store.open(Level::Critical);
  store.must(ActionKind::Decide, id, "p-first");
  store.must(ActionKind::Undo, id, "p-first");
  EXPECT_FALSE(store.record(id).review.decision);
  store.must(ActionKind::Close, id, "p-second");
  EXPECT_FALSE(store.run(ActionCommand{store.request(ActionKind::Approve, id, "p-first"), false}));
  store.must(ActionKind::Approve, id, "p-third");
}

TEST_F(FourEyes, ReturningWithdrawsTheVerdict) {
  const AlertId id = store.open(Level::Critical);
  store.must(ActionKind::Take, id, "p-owner");
  store.must(ActionKind::Close, id, "p-owner");
  AlertAction action = store.request(ActionKind::Return, id, "p-second");
  action.text = "";
  const auto refused = store.run(ActionCommand{action, false});
  ASSERT_FALSE(refused);
  EXPECT_EQ(fields_of(refused.error()), Fields{"reason"});
  store.must(ActionKind::Return, id, "p-second");
  const AlertRecord record = store.record(id);
  EXPECT_FALSE(record.review.decision);
  EXPECT_FALSE(record.review.decided);
  EXPECT_FALSE(record.review.countersign_due);
  EXPECT_EQ(record.review.owner, PersonId{"p-owner"});
}

}  // namespace
}  // namespace countersign::test
