// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <boost/json.hpp>
#include <set>
#include <thread>

#include "review-api/target.h"
#include "tests/unit/review_api/api_fixture.h"

namespace countersign::test {
namespace {

namespace json = boost::json;

constexpr const char* kDecision =
    R"({"verdict":"false_positive","reason_code":"known_tool","rationale":"Backup agent, change 4711."})";

class AlertApiTest : public ApiTest {
 protected:
  WireAnswer get(const std::string& target) { return call("GET", "/api/v1" + target, analyst_); }
  std::vector<std::string> ids(const WireAnswer& page) {
    std::vector<std::string> out;
    const json::value document = parse(page);
    if (page.status != 200) {
      ADD_FAILURE() << page.body;
      return out;
    }
    for (const json::value& item : document.at("items").as_array())
      out.emplace_back(item.at("id").as_string());
    return out;
  }
};

TEST_F(AlertApiTest, AnAlertIsTakenAndClosedAndItsHistoryTellsIt) {
  const std::string id = open_alert();
  const WireAnswer seen = get("/alerts/" + id);
  ASSERT_EQ(seen.status, 200U) << seen.body;
  EXPECT_EQ(seen.headers.at("etag"), "\"1\"");
  EXPECT_EQ(parse(seen).at("status").as_string(), "new");
  EXPECT_TRUE(parse(seen).at("owner").is_null());
  EXPECT_TRUE(parse(seen).at("unreviewed").as_bool());

  const WireAnswer taken = act(id, "take", 1, analyst_, {}, {{"X-Request-Id", "take-1"}});
  ASSERT_EQ(taken.status, 200U) << taken.body;
  EXPECT_EQ(taken.headers.at("etag"), "\"2\"");
  EXPECT_EQ(parse(taken).at("version").as_int64(), 2);
  EXPECT_EQ(parse(taken).at_pointer("/alert/owner/name").as_string(), "The analyst");
  EXPECT_EQ(parse(taken).at_pointer("/proof/status").as_string(), "pending");

  const WireAnswer closed = act(id, "close", 2, analyst_, kDecision);
  ASSERT_EQ(closed.status, 200U) << closed.body;
  const json::value alert = parse(closed).at("alert");
  EXPECT_EQ(alert.at("status").as_string(), "closed");
  EXPECT_EQ(alert.at("verdict").as_string(), "false_positive");
  EXPECT_EQ(alert.at_pointer("/decision/rationale").as_string(), "Backup agent, change 4711.");
  EXPECT_EQ(alert.at_pointer("/decision/events").as_int64(), 1);
  EXPECT_FALSE(alert.at("unreviewed").as_bool());

  const WireAnswer history = get("/alerts/" + id + "/history");
  ASSERT_EQ(history.status, 200U);
  std::string types;
  const json::value listed_history = parse(history);
  for (const json::value& row : listed_history.at("items").as_array())
    types += std::string(row.at("type").as_string()) + ' ';
  EXPECT_EQ(types, "alert.opened alert.assigned alert.decided alert.closed ");
  const json::value assigned = parse(history).at("items").at(1);
  EXPECT_EQ(assigned.at("request_id").as_string(), "take-1");
  EXPECT_EQ(assigned.at("channel").as_string(), "cli");
  EXPECT_EQ(assigned.at("role").as_string(), "analyst");
  EXPECT_EQ(assigned.at_pointer("/actor/kind").as_string(), "human");
  EXPECT_EQ(parse(history).at("items").at(2).at("text").as_string(), "Backup agent, change 4711.");
}

TEST_F(AlertApiTest, AClosureNamesEverythingThatItLacks) {
  const std::string id = open_alert();
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "owner rationale reason_code verdict"},
      {"{}", "owner rationale reason_code verdict"},
      {R"({"verdict":"benign"})", "rationale reason_code"},
      {R"({"reason_code":"known_tool"})", "rationale verdict"},
      {R"({"verdict":"benign","reason_code":"known_tool"})", "rationale"},
      {R"({"verdict":"benign","reason_code":"known_tool","rationale":"  \n "})", "rationale"},
      {R"({"verdict":"duplicate","reason_code":"known_tool","rationale":"x"})", "duplicate_of"},
      {R"({"verdict":"test","reason_code":"known_tool","rationale":"x"})", "reference"},
      {R"({"verdict":"fine","reason_code":"because","rationale":"x"})", "reason_code verdict"},
      {R"({"verdict":1,"reason_code":null,"rationale":["x"]})", "rationale verdict"},
      {R"({"verdict":"duplicate","reason_code":"known_tool","rationale":"x","duplicate_of":"me"})",
       "duplicate_of"},
  };
  for (const auto& [body, fields] : cases) {
    const WireAnswer answer = act(id, "close", 1, analyst_, body);
    EXPECT_EQ(answer.status, 422U) << body << answer.body;
    EXPECT_EQ(problem_of(answer), "invalid");
    EXPECT_EQ(error_fields(answer), fields) << body;
  }
  const WireAnswer unchanged = get("/alerts/" + id);
  EXPECT_EQ(unchanged.headers.at("etag"), "\"1\"");
}

TEST_F(AlertApiTest, NoFieldOutsideTheActionIsTaken) {
  const std::string id = open_alert();
  for (const std::string& body : {std::string(R"({"status":"closed"})"), std::string(R"({"owner":"p-x"})"),
                                  std::string(R"({"actor":{"id":"x"}})"), std::string(R"({"text":"x"})"),
                                  std::string(R"({"version":7})"), std::string(R"({"__proto__":{}})")}) {
    const WireAnswer answer = act(id, "take", 1, analyst_, body);
    EXPECT_EQ(answer.status, 422U) << body;
    EXPECT_EQ(parse(answer).at("errors").at(0).at("code").as_string(), "unknown_field");
  }
  EXPECT_EQ(get("/alerts/" + id).headers.at("etag"), "\"1\"");
}

TEST_F(AlertApiTest, TheVersionThatWasSeenMustBeSaid) {
  const std::string id = open_alert();
  const std::string target = "/api/v1/alerts/" + id + ":take";
  EXPECT_EQ(call("POST", target, analyst_).status, 428U);
  for (const char* header :
       {"1", "W/\"1\"", "*", "\"\"", "\"x\"", "\"1\", \"2\"", "\"-1\"", "\"99999999999999999999\""}) {
    EXPECT_EQ(problem_of(call("POST", target, analyst_, {}, {{"If-Match", header}})), "version-required")
        << header;
  }
}

TEST_F(AlertApiTest, AStaleVersionChangesNothingAndIsToldTheCurrentOne) {
  const std::string id = open_alert();
  ASSERT_EQ(act(id, "take", 1, analyst_).status, 200U);
  for (const std::uint64_t version : {1U, 3U, 0U}) {
    const WireAnswer stale = act(id, "close", version, lead_, kDecision);
    EXPECT_EQ(stale.status, 412U) << stale.body;
    EXPECT_EQ(problem_of(stale), "stale-version");
    EXPECT_EQ(parse(stale).at("version").as_int64(), 2);
    EXPECT_EQ(stale.headers.at("etag"), "\"2\"");
  }
  EXPECT_EQ(parse(get("/alerts/" + id)).at("status").as_string(), "in_progress");
}

TEST_F(AlertApiTest, MoreEventsLeaveTheVersionAlone) {
  const std::string id = open_alert();
  ASSERT_EQ(act(id, "take", 1, analyst_).status, 200U);
  Match again;
  again.second = 50;
  again.host = "fw-1";
  submit(*world_.store, report_of(1, {again, again}));
  const WireAnswer seen = get("/alerts/" + id);
  EXPECT_EQ(seen.headers.at("etag"), "\"2\"");
  EXPECT_EQ(parse(seen).at("count").as_int64(), 3);
  EXPECT_EQ(act(id, "close", 2, analyst_, kDecision).status, 200U);
}

TEST_F(AlertApiTest, WhatTheStateForbidsIsAConflict) {
  const std::string id = open_alert();
  EXPECT_EQ(problem_of(act(id, "resume", 1, analyst_)), "conflict");
  EXPECT_EQ(problem_of(act(id, "reopen", 1, analyst_, R"({"reason":"x"})")), "conflict");
  ASSERT_EQ(act(id, "close", 1, analyst_, kDecision).status, 200U);
  EXPECT_EQ(problem_of(act(id, "close", 2, analyst_, kDecision)), "conflict");
  EXPECT_EQ(problem_of(act(id, "take", 2, analyst_)), "conflict");
}

TEST_F(AlertApiTest, EachActionOfTheLifeCycleHasItsRoute) {
  const std::string id = open_alert();
  ASSERT_EQ(act(id, "assign", 1, lead_, R"({"assignee":"analyst"})").status, 200U);
  ASSERT_EQ(act(id, "note", 2, manager_, R"({"text":"please look\ntoday"})").status, 200U);
  const WireAnswer held =
      act(id, "hold", 3, analyst_, R"({"reason":"asked the owner","wake":"2026-03-02T08:00:00Z"})");
  ASSERT_EQ(held.status, 200U) << held.body;
  EXPECT_EQ(parse(held).at_pointer("/alert/wake").as_string(), "2026-03-02T08:00:00.000Z");
  ASSERT_EQ(act(id, "resume", 4, analyst_).status, 200U);
  ASSERT_EQ(act(id, "release", 5, analyst_, "{}").status, 200U);
  ASSERT_EQ(act(id, "decide", 6, lead_, kDecision).status, 200U);
  const WireAnswer closed = act(id, "close", 7, lead_);
  ASSERT_EQ(closed.status, 200U) << closed.body;
  const WireAnswer reopened = act(id, "reopen", 8, analyst_, R"({"reason":"seen again"})");
  ASSERT_EQ(reopened.status, 200U) << reopened.body;
  EXPECT_EQ(parse(reopened).at_pointer("/alert/status").as_string(), "in_progress");
  EXPECT_TRUE(parse(reopened).at_pointer("/alert/verdict").is_null());
}

TEST_F(AlertApiTest, FieldsOfActionsAreChecked) {
  const std::string id = open_alert();
  ASSERT_EQ(act(id, "take", 1, analyst_).status, 200U);
  const std::vector<std::tuple<const char*, std::string, std::string>> cases{
      {"assign", "{}", "assignee"},
      {"assign", R"({"assignee":"nobody"})", "assignee"},
      {"assign", R"({"assignee":"auditor"})", "assignee"},
      {"assign", R"({"assignee":"manager"})", "assignee"},
      {"note", "{}", "text"},
      {"note", R"({"text":" "})", "text"},
      {"note", R"({"text":")" + std::string(17'000, 'x') + "\"}", "text"},
      {"hold", "{}", "reason wake"},
      {"hold", R"({"reason":"x","wake":"tomorrow"})", "wake"},
      {"hold", R"({"reason":"x","wake":"2026-02-01T00:00:00Z"})", "wake"},
  };
  for (const auto& [action, body, fields] : cases) {
    const WireAnswer answer = act(id, action, 2, lead_, body);
    EXPECT_EQ(answer.status, 422U) << action << ' ' << body << ' ' << answer.body;
    EXPECT_EQ(error_fields(answer), fields) << action << ' ' << body;
  }
}

TEST_F(AlertApiTest, BodiesThatAreNotOurJsonAreRefused) {
  const std::string id = open_alert();
  for (const std::string& body :
       {std::string("{"), std::string("[]"), std::string(2000, '['),
        std::string(R"({"text":"a","text":"b"})"), std::string("{\"text\":\"\xff\"}")}) {
    EXPECT_EQ(problem_of(act(id, "note", 1, analyst_, body)), "malformed-body") << body.substr(0, 40);
  }
  EXPECT_EQ(call("POST", "/api/v1/alerts/" + id + ":note", analyst_, "text=a",
                 {{"If-Match", "\"1\""}, {"Content-Type", "application/x-www-form-urlencoded"}})
                .status,
            415U);
  EXPECT_EQ(call("GET", "/api/v1/alerts", analyst_, "{}").status, 400U);
}

TEST_F(AlertApiTest, AnIdempotencyKeyDoesItOnce) {
  const std::string id = open_alert();
  const WireHeaders key{{"Idempotency-Key", "retry-1"}};
  const WireAnswer first = act(id, "note", 1, analyst_, R"({"text":"once"})", key);
  ASSERT_EQ(first.status, 200U) << first.body;
  EXPECT_EQ(first.headers.count("idempotency-replayed"), 0U);
  const WireAnswer again = act(id, "note", 1, analyst_, R"({"text":"once"})", key);
  ASSERT_EQ(again.status, 200U) << again.body;
  EXPECT_EQ(again.headers.at("idempotency-replayed"), "true");
  EXPECT_EQ(parse(again).at("seq"), parse(first).at("seq"));
  EXPECT_EQ(problem_of(act(id, "note", 2, analyst_, R"({"text":"other"})", key)), "idempotency-mismatch");
  EXPECT_EQ(act(id, "note", 2, lead_, R"({"text":"other"})", key).status,
            200U);  // another actor's key is another
  for (const std::string& bad : {std::string(), std::string("a b"), std::string(129, 'a')})
    EXPECT_EQ(act(id, "note", 3, analyst_, R"({"text":"x"})", {{"Idempotency-Key", bad}}).status, 400U)
        << bad;
  EXPECT_EQ(call("POST", "/api/v1/session", nobody_, R"({"login":"a","password":"b"})", key).status, 400U);
}

TEST_F(AlertApiTest, AManualAlertIsOpenedOnceForItsKey) {
  const std::string body =
      R"({"title":"Phone call about invoices","severity":"medium","description":"two\nlines","entities":[{"field":"user.name","value":"bob"}]})";
  const WireAnswer made = call("POST", "/api/v1/alerts", analyst_, body, {{"Idempotency-Key", "k"}});
  ASSERT_EQ(made.status, 201U) << made.body;
  const std::string id(parse(made).at_pointer("/alert/id").as_string());
  EXPECT_EQ(made.headers.at("location"), "/api/v1/alerts/" + id);
  EXPECT_EQ(parse(made).at_pointer("/alert/kind").as_string(), "manual");
  EXPECT_EQ(parse(made).at_pointer("/alert/entities/0/value").as_string(), "bob");
  EXPECT_TRUE(parse(made).at_pointer("/alert/rule").is_null());
  const WireAnswer again = call("POST", "/api/v1/alerts", analyst_, body, {{"Idempotency-Key", "k"}});
  EXPECT_EQ(parse(again).at_pointer("/alert/id").as_string(), id);
  EXPECT_EQ(problem_of(call("POST", "/api/v1/alerts", analyst_, R"({"title":"x","severity":"low"})",
                            {{"Idempotency-Key", "k"}})),
            "idempotency-mismatch");
  for (const auto& [bad, fields] : std::vector<std::pair<std::string, std::string>>{
           {"{}", "severity title"},
           {R"({"title":"x","severity":"urgent"})", "severity"},
           {R"({"title":"x","severity":3})", "severity"},
           {R"({"title":"a\nb","severity":"low"})", "title"},
           {R"({"title":"x","severity":"low","entities":[{"field":"a"}]})", "entities[0].value"},
           {R"({"title":"x","severity":"low","owner":"me"})", "owner"}}) {
    const WireAnswer answer = call("POST", "/api/v1/alerts", analyst_, bad);
    EXPECT_EQ(answer.status, 422U) << bad;
    EXPECT_EQ(error_fields(answer), fields) << bad;
  }
}

TEST_F(AlertApiTest, PagesGiveEachAlertOnceAndLinkToEachOther) {
  std::vector<std::string> hosts;
  for (int i = 0; i < 23; ++i) hosts.push_back("host-" + std::to_string(i));
  open_alert(hosts);
  for (const char* sort : {"triage", "due", "created", "-created"}) {
    std::set<std::string> seen;
    std::string target = std::string("/alerts?limit=5&sort=") + sort +
                         "&filter=" + percent_encode("status:open -title:\"no such\"");
    int pages = 0;
    while (!target.empty() && pages < 20) {
      ++pages;
      const WireAnswer page = get(target);
      for (const std::string& id : ids(page)) EXPECT_TRUE(seen.insert(id).second) << id;
      target.clear();
      if (page.headers.contains("link")) {
        const std::string& link = page.headers.at("link");
        EXPECT_TRUE(link.ends_with(">; rel=\"next\"")) << link;
        target = link.substr(8, link.find('>') - 8);  // without `</api/v1`
      } else {
        EXPECT_TRUE(parse(page).at("next_cursor").is_null());
      }
    }
    EXPECT_EQ(seen.size(), 23U) << sort;
  }
}

TEST_F(AlertApiTest, ACursorIsGoodForItsQuestionAlone) {
  open_alert({"a", "b", "c"});
  const std::string cursor(parse(get("/alerts?limit=1")).at("next_cursor").as_string());
  EXPECT_EQ(ids(get("/alerts?limit=2&cursor=" + cursor)).size(), 2U);
  std::string changed = cursor;
  changed.back() = changed.back() == 'A' ? 'B' : 'A';
  for (const std::string& target :
       {"/alerts?cursor=" + changed, "/alerts?cursor=" + cursor.substr(1),
        "/alerts?sort=due&cursor=" + cursor, "/alerts?filter=is:open&cursor=" + cursor,
        std::string("/alerts?cursor="), std::string("/alerts?cursor=%00"), "/rules?cursor=" + cursor}) {
    const WireAnswer answer = get(target);
    EXPECT_EQ(answer.status, 400U) << target;
    EXPECT_EQ(problem_of(answer), target.find("%00") == std::string::npos ? "bad-cursor" : "bad-request");
  }
  EXPECT_EQ(problem_of(call("GET", "/api/v1/alerts?cursor=" + cursor, lead_)), "bad-cursor");
  restart();
  const WireAnswer after = get("/alerts?cursor=" + cursor);
  EXPECT_EQ(problem_of(after), "bad-cursor");
  EXPECT_NE(parse(after).at("detail").as_string().find("ask again without a cursor"), json::string::npos);
}

TEST_F(AlertApiTest, FiltersReachTheStore) {
  const std::string first = open_alert({"fw-1"});
  const std::string second = open_alert({"fw-2"});
  ASSERT_EQ(act(first, "take", 1, analyst_).status, 200U);
  ASSERT_EQ(act(second, "close", 1, lead_, kDecision).status, 200U);
  const auto found = [&](const std::string& filter) {
    return ids(get("/alerts?filter=" + percent_encode(filter)));
  };
  using Ids = std::vector<std::string>;
  EXPECT_EQ(found("owner:me"), (Ids{first}));
  EXPECT_EQ(found("owner:lead"), (Ids{second}));
  EXPECT_EQ(found("owner:none"), Ids{});
  EXPECT_EQ(found("host.name:FW-2"), (Ids{second}));
  EXPECT_EQ(found("-host.name:fw-2"), (Ids{first}));
  EXPECT_EQ(found("status:open"), (Ids{first}));
  EXPECT_EQ(found("status:closed"), (Ids{second}));
  EXPECT_EQ(found("verdict:false_positive"), (Ids{second}));
  EXPECT_EQ(found("is:unreviewed"), (Ids{first}));
  EXPECT_EQ(found("severity>=critical"), Ids{});
  EXPECT_EQ(found("severity>=high denied").size(), 2U);
  EXPECT_EQ(found("created>-1h").size(), 2U);
  EXPECT_EQ(found("created<-1h"), Ids{});
  EXPECT_EQ(found("kind:manual"), Ids{});
  EXPECT_EQ(found("source:src queue:default rule:" + std::string(kRule)).size(), 2U);
  EXPECT_EQ(found("is:overdue"), Ids{});
  world_.clock.advance(std::chrono::hours(2));
  EXPECT_EQ(found("is:overdue"), (Ids{first}));
}

TEST_F(AlertApiTest, QuestionsThatCannotBeReadSayWhere) {
  const WireAnswer filter = get("/alerts?filter=" + percent_encode("is:open colour:red"));
  EXPECT_EQ(problem_of(filter), "bad-filter");
  EXPECT_EQ(parse(filter).at_pointer("/errors/0/message").as_string().subview(0, 6), "At 9: ");
  for (const char* target : {"/alerts?limit=0", "/alerts?limit=201", "/alerts?limit=x", "/alerts?limit=-1",
                             "/alerts?limit=", "/alerts?sort=worst", "/alerts?page=2",
                             "/alerts?limit=1&limit=2", "/alerts?filter=%ff"}) {
    EXPECT_EQ(problem_of(get(target)), "bad-request") << target;
  }
}

TEST_F(AlertApiTest, WhatIsNotThereIsNotFound) {
  for (const char* target : {"/alerts/1-000-999999", "/alerts/1", "/alerts/1-0-1", "/alerts/x%20y",
                             "/alerts/1-000-999999/history", "/alerts/1-000-999999/events",
                             "/alerts/1-000-999999/explain", "/alerts/1-000-999999/proof", "/nothing"}) {
    EXPECT_EQ(problem_of(get(target)), "not-found") << target;
  }
  EXPECT_EQ(problem_of(act("1-000-999999", "take", 1, analyst_)), "not-found");
  const WireAnswer wrong = call("DELETE", "/api/v1/alerts", analyst_);
  EXPECT_EQ(wrong.status, 405U);
  EXPECT_EQ(wrong.headers.at("allow"), "GET, HEAD, POST");
}

TEST_F(AlertApiTest, WaitingGivesTheReceipt) {
  const std::string id = open_alert();
  const WireAnswer taken =
      call("POST", "/api/v1/alerts/" + id + ":take?wait=proof", analyst_, {}, {{"If-Match", "\"1\""}});
  ASSERT_EQ(taken.status, 200U) << taken.body;
  EXPECT_EQ(parse(taken).at_pointer("/proof/status").as_string(), "available");
  const std::string proof(parse(taken).at_pointer("/proof/tlog_proof").as_string());
  EXPECT_NE(proof.find("store.test/log"), std::string::npos) << proof;
  const std::string href(parse(taken).at_pointer("/proof/href").as_string());
  const WireAnswer again = call("GET", href, analyst_);
  ASSERT_EQ(again.status, 200U) << again.body;
  EXPECT_EQ(parse(again).at("seq"), parse(taken).at("seq"));
  EXPECT_EQ(parse(again).at("status").as_string(), "available");
  EXPECT_EQ(call("POST", "/api/v1/alerts/" + id + ":note?wait=long", analyst_, "{}", {{"If-Match", "\"2\""}})
                .status,
            400U);
}

TEST_F(AlertApiTest, AWaitThatIsTooLongEndsPending) {
  options_.proof_wait = std::chrono::milliseconds(0);
  api_.reset();
  world_.close();
  world_.options.checkpoint_interval = std::chrono::hours(1);
  world_.open();
  restart();
  const std::string id = open_alert();
  const WireAnswer taken =
      call("POST", "/api/v1/alerts/" + id + ":take?wait=proof", analyst_, {}, {{"If-Match", "\"1\""}});
  ASSERT_EQ(taken.status, 200U) << taken.body;
  EXPECT_EQ(parse(taken).at_pointer("/proof/status").as_string(), "pending");
}

TEST_F(AlertApiTest, AProofIsOnlyOfTheAlertsOwnEntries) {
  const std::string first = open_alert({"a"});
  const std::string second = open_alert({"b"});
  const auto taken = parse(act(second, "take", 1, analyst_));
  const std::string seq = std::to_string(taken.at("seq").as_int64());
  EXPECT_EQ(get("/alerts/" + second + "/proof?seq=" + seq).status, 200U);
  EXPECT_EQ(problem_of(get("/alerts/" + first + "/proof?seq=" + seq)), "not-found");
  EXPECT_EQ(problem_of(get("/alerts/" + first + "/proof?seq=x")), "bad-request");
  EXPECT_EQ(problem_of(get("/alerts/" + first + "/proof?seq=999999")), "not-found");
}

TEST_F(AlertApiTest, EventsComeExactlyAsTheyWere) {
  Match text;
  text.host = "evil";
  text.bytes = R"({"a":"<script>alert(1)</script>\u0000"})";
  text.second = 1;
  Match binary;
  binary.host = "evil";
  binary.bytes = std::string("\xff\x00\r\nSet-Cookie: x", 16);
  binary.second = 2;
  submit(*world_.store, report_of(0, {text, binary}));
  const std::string id = to_string(only_alert(*world_.store).id);
  const WireAnswer answer = get("/alerts/" + id + "/events");
  ASSERT_EQ(answer.status, 200U) << answer.body;
  const json::value first = parse(answer).at("first");
  EXPECT_EQ(first.at(0).at("encoding").as_string(), "utf-8");
  EXPECT_EQ(first.at(0).at("data").as_string(), text.bytes);
  EXPECT_EQ(first.at(1).at("encoding").as_string(), "base64");
  EXPECT_EQ(from_base64(std::string(first.at(1).at("data").as_string())), binary.bytes);
  EXPECT_EQ(parse(answer).at("last"), first);
}

TEST_F(AlertApiTest, ManyClientsAtOnceEachGetTheirAnswer) {
  std::vector<std::string> hosts;
  for (int i = 0; i < 32; ++i) hosts.push_back("h" + std::to_string(i));
  open_alert(hosts);
  std::vector<std::string> alerts = ids(get("/alerts?limit=200"));
  ASSERT_EQ(alerts.size(), 32U);
  std::vector<std::thread> clients;
  std::atomic<int> closed{0};
  std::atomic<int> stale{0};
  for (const std::string& id : alerts) {
    for (const Credential* who : {&analyst_, &lead_}) {
      clients.emplace_back([&, id, who] {
        const WireAnswer answer = act(id, "close", 1, *who, kDecision);
        if (answer.status == 200) ++closed;
        if (answer.status == 412) ++stale;
      });
    }
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(closed, 32);
  EXPECT_EQ(stale, 32);
}

}  // namespace
}  // namespace countersign::test
