// SPDX-License-Identifier: Apache-2.0
// Dead letters over HTTP: lists, counts, shapes, what packs say, and replays.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "core/hash.h"
#include "tests/unit/review_api/api_fixture.h"

namespace countersign::test {
namespace {

namespace json = boost::json;

constexpr const char* kLetters = "/api/v1/dead-letters";
constexpr const char* kReplay = "/api/v1/dead-letters:replay";

class DeadLettersTest : public ApiTest {
 protected:
  /// Letters 1, 2 … with these bytes.
  void add(const std::vector<std::string>& bodies, const std::string& reason = "bad_json") {
    Report report = quiet_report(next_, bodies.size());
    report.counts.parsed = report.counts.events = report.counts.unmatched = 0;
    report.counts.dead_lettered = bodies.size();
    for (const std::string& body : bodies) {
      DeadLetter letter;
      letter.offset.value = next_++;
      letter.reason = reason;
      letter.message = "not JSON at byte 1";
      letter.bytes = body;
      letter.length = body.size();
      letter.hash = sha256(body);
      letter.append_time = world_.clock.now();
      report.dead_letters.push_back(std::move(letter));
    }
    source_ = report.partition.source.value;
    submit(*world_.store, std::move(report));
    world_.clock.advance(std::chrono::hours{1});
  }

  json::value get(const std::string& target) {
    const WireAnswer answer = call("GET", kLetters + target, operator_);
    EXPECT_EQ(answer.status, 200U) << target << answer.body;
    return parse(answer);
  }
  std::vector<std::int64_t> numbers(const std::string& query) {
    std::vector<std::int64_t> out;
    const json::value page = get(query);
    for (const json::value& item : page.at("items").as_array()) out.push_back(item.at("number").as_int64());
    return out;
  }
  WireAnswer replay(const std::string& body) { return call("POST", kReplay, operator_, body); }

  /// Starts the API with somebody who decodes and replays.
  void decode_here() {
    letters_.explain = [](const StoredDeadLetter& letter) {
      LetterExplanation out;
      out.packs = sha256("packs");
      out.decodes = letter.letter.reason != "bad_json";
      if (out.decodes) {
        LetterExplanation::Event event;
        event.pack = "plain";
        event.log_sources = {{"p", "", "s"}};
        event.time = at("2026-02-01T00:00:00Z");
        event.time_source = TimeSource::Event;
        event.fields = {{"name", std::string("v\xff", 2)}};
        event.fields_total = 1;
        out.events.push_back(event);
        out.events_total = 1;
      } else {
        out.failures.push_back({7U, "bad_json", "near byte 3"});
        out.failures_total = 1;
      }
      return out;
    };
    letters_.replay_begun = [this] { ++replays_begun_; };
    restart();
  }

  std::uint64_t next_ = 0;
  std::string source_;
  int replays_begun_ = 0;
};

using Numbers = std::vector<std::int64_t>;

TEST_F(DeadLettersTest, PagesAreNewestFirstAndShowTheFirstBytesExactly) {
  const std::string binary("\xff\xfe", 2);
  add({"{broken", binary, std::string(9'000, 'x')});
  std::vector<json::value> seen;
  std::string target = "?limit=2";
  while (!target.empty()) {
    const json::value page = get(target);
    for (const json::value& item : page.at("items").as_array()) seen.push_back(item);
    const json::value& next = page.at("next_cursor");
    target = next.is_null() ? "" : "?limit=2&cursor=" + std::string(next.as_string());
  }
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[2].at("data").as_string(), "{broken");
  EXPECT_EQ(seen[2].at("state").as_string(), "dead");
  EXPECT_TRUE(seen[2].at("last_replay").is_null());
  EXPECT_EQ(seen[1].at("encoding").as_string(), "base64");
  EXPECT_EQ(from_base64(std::string(seen[1].at("data").as_string())), binary);
  EXPECT_EQ(seen[0].at("data").as_string().size(), 4096U);
  EXPECT_EQ(seen[0].at("length").as_int64(), 9'000);
  EXPECT_EQ(seen[0].at("kept_bytes").as_int64(), 9'000);
}

TEST_F(DeadLettersTest, FiltersNarrowTheListAndWrongOnesAreNamed) {
  add({"a"});
  add({"b"}, "no_pack");
  add({"c"});
  EXPECT_EQ(numbers("?reason=bad_json"), (Numbers{3, 1}));
  EXPECT_EQ(numbers("?since=-90m"), (Numbers{3}));
  EXPECT_EQ(numbers("?until=-90m"), (Numbers{2, 1}));
  EXPECT_EQ(numbers("?source=" + source_ + "&state=dead"), (Numbers{3, 2, 1}));
  EXPECT_EQ(numbers("?source=elsewhere"), Numbers{});
  EXPECT_EQ(numbers("?state=replayed"), Numbers{});
  for (const char* query : {"?state=lost", "?since=yesterday", "?until=x", "?limit=0", "?unknown=1"})
    EXPECT_EQ(problem_of(call("GET", std::string(kLetters) + query, operator_)), "bad-request") << query;
  const std::string cursor(get("?limit=1").at("next_cursor").as_string());
  EXPECT_EQ(problem_of(call("GET", std::string(kLetters) + "?reason=no_pack&cursor=" + cursor, operator_)),
            "bad-cursor");
}

TEST_F(DeadLettersTest, OneLetterAndItsBytesInPieces) {
  const std::string big(kMiB + 10, 'y');
  add({big});
  EXPECT_EQ(get("/1").at("number").as_int64(), 1);
  std::string bytes;
  for (;;) {
    const WireAnswer piece =
        call("GET", std::string(kLetters) + "/1/bytes?offset=" + std::to_string(bytes.size()), auditor_);
    ASSERT_EQ(piece.status, 200U);
    EXPECT_EQ(piece.headers.at("content-type"), kBytesType);
    if (piece.body.empty()) break;
    EXPECT_LE(piece.body.size(), kMiB);
    bytes += piece.body;
  }
  EXPECT_EQ(bytes, big);
  for (const char* target : {"/2", "/0", "/x", "/1x", "/-1", "/2/bytes", "/2/explain", "/replays/77"})
    EXPECT_EQ(problem_of(call("GET", std::string(kLetters) + target, operator_)), "not-found") << target;
  EXPECT_EQ(problem_of(call("GET", std::string(kLetters) + "/1/bytes?offset=x", operator_)), "bad-request");
}

TEST_F(DeadLettersTest, TheSummaryCountsBySourceAndReason) {
  add({"a", "bb"});
  add({"c"}, "no_pack");
  const json::value summary = get("/summary");
  const json::array& items = summary.at("items").as_array();
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].at("reason").as_string(), "bad_json");
  EXPECT_EQ(items[0].at("dead").as_int64(), 2);
  EXPECT_EQ(items[0].at("bytes").as_int64(), 3);
  EXPECT_EQ(items[1].at("replayed").as_int64(), 0);
  EXPECT_EQ(items[1].at("source").as_string(), source_);
}

TEST_F(DeadLettersTest, TheTopGroupsByShapeAndSaysHowManyWereLookedAt) {
  add({"job 1 failed", "job 2 failed", "other", "job 33 failed"}, "no_pack");
  add({"job 1 failed"});
  const json::value top = get("/top?limit=2");
  EXPECT_EQ(top.at("looked_at").as_int64(), 5);
  EXPECT_EQ(top.at("looked_at_max").as_int64(), 10'000);
  EXPECT_TRUE(top.at("complete").as_bool());
  EXPECT_EQ(top.at("shapes").as_int64(), 3);
  const json::array& items = top.at("items").as_array();
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].at("shape").as_string(), "job <n> failed");
  EXPECT_EQ(items[0].at("count").as_int64(), 3);
  EXPECT_EQ(items[0].at("sample").as_int64(), 4) << "the newest";
  EXPECT_EQ(items[0].at_pointer("/sources/0/count").as_int64(), 3);
  EXPECT_EQ(get("/top?reason=no_pack").at("counted").as_int64(), 4);
}

TEST_F(DeadLettersTest, AnExplanationIsOfThePacksInForce) {
  add({"a"});
  add({"b"}, "no_pack");
  EXPECT_EQ(problem_of(call("GET", std::string(kLetters) + "/1/explain", analyst_)), "unavailable");
  decode_here();
  const json::value failed = get("/1/explain");
  EXPECT_FALSE(failed.at("decodes").as_bool());
  EXPECT_EQ(failed.at_pointer("/failures/0/message").as_string(), "near byte 3");
  EXPECT_EQ(failed.at_pointer("/failures/0/index").as_int64(), 7);
  const json::value good = get("/2/explain");
  EXPECT_TRUE(good.at("decodes").as_bool());
  EXPECT_EQ(good.at_pointer("/events/0/pack").as_string(), "plain");
  EXPECT_EQ(good.at_pointer("/events/0/log_sources/0/service").as_string(), "s");
  EXPECT_EQ(good.at_pointer("/events/0/time_source").as_string(), "event");
}

TEST_F(DeadLettersTest, AReplayIsBegunOnceAndTellsHowFarItIs) {
  add({"a", "b"});
  decode_here();
  const WireAnswer begun = replay(R"({"letters":[2,1,1],"rationale":"the pack is mended"})");
  ASSERT_EQ(begun.status, 202U) << begun.body;
  EXPECT_EQ(replays_begun_, 1);
  const json::value receipt = parse(begun);
  EXPECT_EQ(receipt.at("letters").as_int64(), 2);
  const std::string id = std::to_string(receipt.at("replay").as_int64());
  EXPECT_EQ(begun.headers.at("location"), "/api/v1/dead-letters/replays/" + id);
  EXPECT_TRUE(get("/replays/" + id).at("finished_at").is_null());
  EXPECT_EQ(get("/1").at("state").as_string(), "pending");

  const WireAnswer again = replay(R"({"all":true,"rationale":"once more"})");
  EXPECT_EQ(again.status, 200U) << again.body;
  EXPECT_TRUE(parse(again).at("replay").is_null());
  EXPECT_EQ(replays_begun_, 1);
  EXPECT_EQ(parse(replay(R"({"letters":[1],"rationale":"once more"})")).at("pending").as_int64(), 1);

  Report report = quiet_report(0, 2);
  report.partition = {SourceName{"replay:" + id}, report.partition.topic, 0};
  submit(*world_.store, report);
  const json::value done = get("/replays/" + id);
  EXPECT_EQ(done.at("decoded").as_int64(), 2);
  EXPECT_EQ(done.at("source").as_string(), "replay:" + id);
  EXPECT_EQ(done.at_pointer("/actor/name").as_string(), "The operator");
  EXPECT_FALSE(done.at("finished_at").is_null());
  EXPECT_EQ(get("/1").at_pointer("/last_replay/replay").as_int64(), receipt.at("replay").as_int64());
  EXPECT_EQ(numbers("?state=replayed"), (Numbers{2, 1}));
}

TEST_F(DeadLettersTest, ARequestThatNamesNoLettersOrNoReasonIsRefused) {
  add({"a"});
  decode_here();
  const std::vector<std::pair<std::string, std::string>> rows{
      {R"({"all":true})", "rationale"},
      {R"({"rationale":"x"})", "letters"},
      {R"({"rationale":"x","all":false})", "letters"},
      {R"({"rationale":"x","letters":[]})", "letters"},
      {R"({"rationale":"x","letters":[1],"reason":"no_pack"})", "letters"},
      {R"({"rationale":"x","letters":["1"]})", "letters[0]"},
      {R"({"rationale":"x","letters":[-1]})", "letters[0]"},
      {R"({"rationale":"x","all":true,"since":"soon"})", "since"},
      {R"({"rationale":"x","all":true,"from":1.5})", "from"},
      {R"({"rationale":"x","all":true,"force":true})", "force"},
  };
  for (const auto& [body, field] : rows) {
    const WireAnswer answer = replay(body);
    EXPECT_EQ(answer.status, 422U) << body;
    EXPECT_NE((' ' + error_fields(answer) + ' ').find(' ' + field + ' '), std::string::npos)
        << body << answer.body;
  }
  EXPECT_EQ(replay(R"({"rationale":"x","letters":[1,99]})").status, 404U);
  EXPECT_EQ(replays_begun_, 0);
}

TEST_F(DeadLettersTest, LeadsOperatorsAndRuleAuthorsReplayAndManagersSeeNothing) {
  add({"a"});
  decode_here();
  const std::string body = R"({"letters":[1],"rationale":"x"})";
  for (const Credential& who : {analyst_, manager_, auditor_, token_with({"read", "note"})})
    EXPECT_EQ(call("POST", kReplay, who, body).status, 403U);
  EXPECT_EQ(call("POST", kReplay, nobody_, body).status, 401U);
  for (const char* target : {"", "/1", "/1/bytes", "/1/explain", "/summary", "/top", "/replays/1"})
    EXPECT_EQ(call("GET", std::string(kLetters) + target, manager_).status, 403U) << target;
  EXPECT_EQ(call("POST", kReplay, lead_, body).status, 202U);
}

TEST_F(DeadLettersTest, AServerThatReadsNothingReplaysNothing) {
  add({"a"});
  EXPECT_EQ(problem_of(replay(R"({"letters":[1],"rationale":"x"})")), "unavailable");
  EXPECT_EQ(get("/1").at("state").as_string(), "dead");
}

}  // namespace
}  // namespace countersign::test
