// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "direct.h"
#include "store/payload.h"

namespace countersign::test {
namespace {

TEST(Idempotency, TheSameKeyGivesTheSameAnswerOnce) {
  Direct store;
  const AlertId id = store.open(Level::Low);
  AlertAction note = store.request(ActionKind::Note, id, "p-anna");
  note.idempotency_key = "k-1";
  note.request_fingerprint = "f-1";
  const auto first = store.run(ActionCommand{note, false});
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->receipt->replayed);
  const auto again = store.run(ActionCommand{note, false});  // its version is stale by now
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->receipt->replayed);
  EXPECT_FALSE(again->batch);
  EXPECT_EQ(again->receipt->entry, first->receipt->entry);
  EXPECT_EQ(again->receipt->alert.facts.version, first->receipt->alert.facts.version);
  EXPECT_EQ(store.record(id).facts.version.value, 2U);
}

TEST(Idempotency, ARepeatInTheSameGroupSeesTheFirst) {
  Direct store;
  const AlertId id = store.open(Level::Low);
  AlertAction note = store.request(ActionKind::Note, id, "p-anna");
  note.idempotency_key = "k-1";
  const auto done = store.run_group({ActionCommand{note, false}, ActionCommand{note, false}});
  ASSERT_TRUE(done[0]);
  ASSERT_TRUE(done[1]);
  EXPECT_TRUE(done[1]->receipt->replayed);
}

TEST(Idempotency, AnotherRequestUnderTheSameKeyIsRefused) {
  Direct store;
  const AlertId id = store.open(Level::Low);
  AlertAction note = store.request(ActionKind::Note, id, "p-anna");
  note.idempotency_key = "k-1";
  note.request_fingerprint = "f-1";
  ASSERT_TRUE(store.run(ActionCommand{note, false}));
  note.request_fingerprint = "f-2";
  const auto other = store.run(ActionCommand{note, false});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind, ErrorKind::InvalidArgument);
  EXPECT_EQ(other.error().fields.at(0).field, "idempotency_key");
}

TEST(Idempotency, KeysBelongToTheirActorAndEndAfterADay) {
  Direct store;
  const AlertId id = store.open(Level::Low);
  AlertAction anna = store.request(ActionKind::Note, id, "p-anna");
  anna.idempotency_key = "k-1";
  ASSERT_TRUE(store.run(ActionCommand{anna, false}));
  AlertAction bert = store.request(ActionKind::Note, id, "p-bert");
  bert.idempotency_key = "k-1";
  EXPECT_FALSE(store.run(ActionCommand{bert, false})->receipt->replayed);
  store.advance(std::chrono::hours{24} + std::chrono::seconds{1});
  AlertAction later = store.request(ActionKind::Note, id, "p-anna");
  later.idempotency_key = "k-1";
  EXPECT_FALSE(store.run(ActionCommand{later, false})->receipt->replayed);
}

TEST(Idempotency, ARefusalIsNotRemembered) {
  Direct store;
  const AlertId id = store.open(Level::High);
  AlertAction close = store.request(ActionKind::Close, id, "p-anna");
  close.idempotency_key = "k-1";
  close.reason_code.reset();
  EXPECT_FALSE(store.run(ActionCommand{close, false}));
  close.reason_code = ReasonCode::NoData;
  EXPECT_TRUE(store.run(ActionCommand{close, false}));
}

TEST(Payloads, OpenOnlyWithTheirKeyAtTheirPlace) {
  SeededRandom random(5);
  const SealedPayload sealed = seal_payload("place", "a name", random);
  EXPECT_EQ(sealed.sealed.ciphertext.find("name"), std::string::npos);
  EXPECT_EQ(open_payload("place", sealed.sealed, sealed.secret), "a name");
  EXPECT_EQ(open_payload("elsewhere", sealed.sealed, sealed.secret).error().kind, ErrorKind::Corrupt);
  const SealedPayload other = seal_payload("place", "a name", random);
  EXPECT_NE(other.sealed.ciphertext, sealed.sealed.ciphertext);
  EXPECT_EQ(open_payload("place", sealed.sealed, other.secret).error().kind, ErrorKind::Corrupt);
  Sealed torn = sealed.sealed;
  torn.ciphertext.pop_back();
  EXPECT_EQ(open_payload("place", torn, sealed.secret).error().kind, ErrorKind::Corrupt);
  EXPECT_EQ(open_payload("place", {}, {}).error().kind, ErrorKind::Corrupt);
}

TEST(Payloads, NoTextOfAPersonStandsInTheLogOrInTheClear) {
  Direct store;
  const AlertId id = store.open(Level::High);
  AlertAction note = store.request(ActionKind::Note, id, "p-anna");
  note.text = "SECRETWORD of the note";
  ASSERT_TRUE(store.run(ActionCommand{note, false}));
  AlertAction close = store.request(ActionKind::Close, id, "p-anna");
  close.text = "SECRETWORD of the rationale";
  ASSERT_TRUE(store.run(ActionCommand{close, false}));
  for (const Family family : {Family::Entries, Family::Alerts, Family::History, Family::Payloads,
                              Family::QueueSeverity, Family::Journal}) {
    Cursor rows = store.db().cursor(nullptr, family, "", "");
    for (rows.seek_first(); rows.valid(); rows.next()) {
      EXPECT_EQ(rows.value().find("SECRETWORD"), std::string_view::npos) << to_string(family);
    }
  }
}

}  // namespace
}  // namespace countersign::test
