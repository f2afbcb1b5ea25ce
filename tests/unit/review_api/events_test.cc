// SPDX-License-Identifier: Apache-2.0
// Sending events over HTTP: who may, what is handed on, and what each outcome is answered with.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <thread>

#include "tests/unit/review_api/api_fixture.h"

namespace countersign::test {
namespace {

namespace json = boost::json;
constexpr const char* kEvents = "/api/v1/events";
const WireHeaders kLines{{"Content-Type", "application/x-ndjson"}};

class EventsTest : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    sender_ = token_with({"send"}, "t-send");
    events_.send = [this](EventBatch batch, const EventAccess::Done& done) {
      batch_ = std::move(batch);
      done(outcome_);
    };
    restart();
  }
  /// What the next request comes to.
  void comes_to(ErrorKind kind) { outcome_ = failure(kind, "the detail"); }

  Credential sender_;
  EventBatch batch_;
  Result<EventReceipt> outcome_ = EventReceipt{"agents", 3, 7, 9};
};

TEST_F(EventsTest, AnAnswerSaysWhatIsDurable) {
  const WireAnswer answer = call("POST", std::string(kEvents) + "?source=agents", sender_, "a\nb\nc", kLines);
  ASSERT_EQ(answer.status, 200U) << answer.body;
  const json::value body = parse(answer);
  EXPECT_EQ(body.at("source").as_string(), "agents");
  EXPECT_EQ(body.at("accepted").as_int64(), 3);
  EXPECT_EQ(body.at("first_offset").as_int64(), 7);
  EXPECT_EQ(body.at("last_offset").as_int64(), 9);
  EXPECT_EQ(batch_.source, "agents");
  EXPECT_EQ(batch_.body, "a\nb\nc");
  EXPECT_TRUE(batch_.lines);
  EXPECT_FALSE(batch_.gzip);
}

TEST_F(EventsTest, TheHeadersSayHowTheBodyIsRead) {
  EXPECT_EQ(call("POST", kEvents, sender_, "[1]", {{"Content-Encoding", "gzip"}}).status, 200U);
  EXPECT_FALSE(batch_.lines);
  EXPECT_TRUE(batch_.gzip);
  EXPECT_EQ(call("POST", kEvents, sender_, "[1]", {{"Content-Encoding", "br"}}).status, 415U);
  EXPECT_EQ(call("POST", kEvents, sender_, "a", {{"Content-Type", "text/plain"}}).status, 415U);
  EXPECT_EQ(call("POST", "/api/v1/alerts", analyst_, "{}", kLines).status, 415U) << "elsewhere only JSON";
}

TEST_F(EventsTest, OnlyATokenForSendingMaySendAndItMayNothingElse) {
  for (const Credential* who : {&analyst_, &lead_, &manager_, &auditor_, &operator_, &author_})
    EXPECT_EQ(call("POST", kEvents, *who, "a", kLines).status, 403U);
  EXPECT_EQ(call("POST", kEvents, token_with({"read", "note"}, "t-read"), "a", kLines).status, 403U);
  EXPECT_EQ(call("POST", kEvents, nobody_, "a", kLines).status, 401U);
  for (const char* path : {"/api/v1/alerts", "/api/v1/ledger", "/api/v1/dead-letters", "/api/v1/rules"})
    EXPECT_EQ(call("GET", path, sender_).status, 403U) << path;
  EXPECT_EQ(call("GET", "/api/v1/me", sender_).status, 200U);
}

TEST_F(EventsTest, EachFailureHasItsStatus) {
  const std::vector<std::pair<ErrorKind, unsigned>> rows{
      {ErrorKind::InvalidArgument, 400}, {ErrorKind::Malformed, 400},   {ErrorKind::NotFound, 404},
      {ErrorKind::LimitExceeded, 413},   {ErrorKind::Unavailable, 503}, {ErrorKind::Internal, 500},
  };
  for (const auto& [kind, status] : rows) {
    comes_to(kind);
    const WireAnswer answer = call("POST", kEvents, sender_, "a", kLines);
    EXPECT_EQ(answer.status, status) << to_string(kind);
    EXPECT_EQ(answer.headers.contains("retry-after"), status == 503) << to_string(kind);
  }
  EXPECT_EQ(call("POST", kEvents, sender_, "", kLines).status, 400U);
  EXPECT_EQ(call("POST", kEvents, sender_, std::string(options_.http.body_bytes_max + 1, 'a'), kLines).status,
            413U);
}

TEST_F(EventsTest, AServerWithoutADoorSaysSo) {
  events_.send = nullptr;
  restart();
  EXPECT_EQ(call("POST", kEvents, sender_, "a", kLines).status, 404U);
}

TEST_F(EventsTest, AnAnswerMayComeLaterFromAnotherThread) {
  std::mutex mutex;  // the answer may be here before the vector knows its thread
  std::vector<std::thread> later;
  events_.send = [&](const EventBatch&, const EventAccess::Done& done) {
    const std::lock_guard lock(mutex);
    later.emplace_back([done] { done(EventReceipt{"agents", 1, 0, 0}); });
  };
  restart();
  EXPECT_EQ(call("POST", kEvents, sender_, "a", kLines).status, 200U);
  const std::lock_guard lock(mutex);
  for (std::thread& thread : later) thread.join();
}

}  // namespace
}  // namespace countersign::test
