// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <thread>

#include "review-api/route.h"
#include "review-api/secrets.h"
#include "tests/unit/review_api/api_fixture.h"

namespace countersign::test {
namespace {

namespace json = boost::json;

std::string credentials(const std::string& login, const std::string& password,
                        const std::string& channel = "console") {
  return json::serialize(json::object{{"login", login}, {"password", password}, {"channel", channel}});
}

class SessionTest : public ApiTest {
 protected:
  WireAnswer sign_in(const std::string& login, const std::string& password,
                     const std::string& channel = "console") {
    return call("POST", "/api/v1/session", nobody_, credentials(login, password, channel));
  }
  /// The browser of that person: cookie and CSRF token.
  std::pair<std::string, std::string> browser(const std::string& login) {
    const WireAnswer answer = sign_in(login, kPassword);
    EXPECT_EQ(answer.status, 201U) << answer.body;
    const auto cookie = answer.headers.find("set-cookie");
    if (cookie == answer.headers.end()) return {};
    return {cookie->second.substr(0, cookie->second.find(';')),
            std::string(parse(answer).at("csrf_token").as_string())};
  }
  /// auth.failed is written behind the answer.
  bool wait_for_entries(std::uint64_t count) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (world_.store->health().entries < count && std::chrono::steady_clock::now() < deadline)
      std::this_thread::yield();
    return world_.store->health().entries == count;
  }
  static Credential cookie(const std::string& text) { return {{{"Cookie", text}}}; }
};

TEST_F(SessionTest, ABrowserGetsACookieThatScriptsCannotRead) {
  const WireAnswer answer = sign_in("analyst", kPassword);
  ASSERT_EQ(answer.status, 201U) << answer.body;
  const std::string& cookie = answer.headers.at("set-cookie");
  EXPECT_TRUE(cookie.starts_with("countersign=css_")) << cookie;
  EXPECT_NE(cookie.find("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"), std::string::npos) << cookie;
  EXPECT_EQ(cookie.find("Secure"), std::string::npos);  // plain HTTP on the loopback address
  EXPECT_TRUE(parse(answer).at("token").is_null());
  EXPECT_EQ(answer.body.find("css_"), std::string::npos);
}

TEST_F(SessionTest, BehindTlsTheCookieIsSecureAndBoundToItsHost) {
  options_.public_origin = "https://review.example";
  restart();
  const WireAnswer answer = sign_in("analyst", kPassword);
  ASSERT_EQ(answer.status, 201U) << answer.body;
  EXPECT_TRUE(answer.headers.at("set-cookie").starts_with("__Host-countersign=css_"));
  EXPECT_TRUE(answer.headers.at("set-cookie").ends_with("; Secure"));
}

TEST_F(SessionTest, AWrongPublicOriginIsRefusedAtStart) {
  for (const char* origin :
       {"review.example", "https://", "https://review.example/", "ftp://x", "https://a@b"}) {
    options_.public_origin = origin;
    const auto api = ReviewApi::start(options_, *world_.store, world_.clock, random_, {}, {});
    ASSERT_FALSE(api) << origin;
    EXPECT_EQ(api.error().kind, ErrorKind::InvalidArgument);
  }
}

TEST_F(SessionTest, TheCommandLineGetsABearerSecret) {
  const WireAnswer answer = sign_in("analyst", kPassword, "cli");
  ASSERT_EQ(answer.status, 201U) << answer.body;
  EXPECT_EQ(answer.headers.count("set-cookie"), 0U);
  const std::string token(parse(answer).at("token").as_string());
  const WireAnswer me = call("GET", "/api/v1/me", {{{"Authorization", "Bearer " + token}}});
  ASSERT_EQ(me.status, 200U) << me.body;
  EXPECT_EQ(parse(me).at_pointer("/person/login").as_string(), "analyst");
  EXPECT_EQ(parse(me).at_pointer("/session/channel").as_string(), "cli");
  EXPECT_TRUE(parse(me).at("csrf_token").is_null());
}

TEST_F(SessionTest, WhateverIsWrongTheAnswerIsTheSame) {
  add_person("gone", {Role::Analyst});
  Person gone = *world_.store->person_by_login("gone");
  gone.disabled = true;
  ASSERT_TRUE(world_.store->update_person(gone, human("p-test")));
  Person bare = add_person("bare", {Role::Analyst});
  bare.password_hash.clear();
  ASSERT_TRUE(world_.store->update_person(bare, human("p-test")));
  const std::vector<std::pair<std::string, std::string>> cases{
      {"analyst", "wrong password"}, {"analyst", ""},     {"nobody", kPassword},
      {"gone", kPassword},           {"bare", kPassword}, {"bare", ""}};
  for (const auto& [login, password] : cases) {
    const auto entries = world_.store->health().entries;
    const WireAnswer answer = sign_in(login, password);
    EXPECT_EQ(answer.status, 401U) << login;
    EXPECT_EQ(parse(answer).at("detail").as_string(), "Login or password is wrong.");
    EXPECT_EQ(answer.headers.count("set-cookie"), 0U);
    EXPECT_EQ(answer.body.find(login), std::string::npos);
    EXPECT_TRUE(wait_for_entries(entries + 1)) << "auth.failed of " << login;
  }
}

TEST_F(SessionTest, TheRequestToSignInIsClosed) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"{}", "login password"},
      {R"({"login":"analyst"})", "password"},
      {R"({"login":"analyst","password":1})", "password"},
      {R"({"login":["analyst"],"password":"x"})", "login"},
      {R"({"login":"analyst","password":"x","channel":"api"})", "channel"},
      {R"({"login":"analyst","password":"x","roles":["operator"]})", "roles"},
  };
  for (const auto& [body, fields] : cases) {
    const WireAnswer answer = call("POST", "/api/v1/session", nobody_, body);
    EXPECT_EQ(answer.status, 422U) << body;
    EXPECT_EQ(error_fields(answer), fields) << body;
  }
}

TEST_F(SessionTest, GuessingIsThrottledAndAnotherLoginIsNot) {
  options_.throttle.per_login_and_address = 3;
  restart();
  const auto before = world_.store->health().entries;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(sign_in("analyst", "wrong password").status, 401U);
  EXPECT_TRUE(wait_for_entries(before + 3));
  const WireAnswer refused = sign_in("ANALYST", kPassword);  // the right password, but too late
  EXPECT_EQ(refused.status, 429U);
  EXPECT_EQ(refused.headers.at("retry-after"), "900");
  EXPECT_EQ(sign_in("lead", kPassword).status, 201U);
  EXPECT_EQ(world_.store->health().entries, before + 3);  // what is not judged is not recorded
  world_.clock.advance(std::chrono::minutes(15));
  EXPECT_EQ(sign_in("analyst", kPassword).status, 201U);
}

TEST_F(SessionTest, ASessionEndsAtItsHourWhateverHappensInIt) {
  const WireAnswer signed_in = sign_in("analyst", kPassword, "cli");
  const Credential who{
      {{"Authorization", "Bearer " + std::string(parse(signed_in).at("token").as_string())}}};
  for (int hour = 0; hour < 12; ++hour) {
    EXPECT_EQ(call("GET", "/api/v1/me", who).status, 200U) << hour;
    world_.clock.advance(std::chrono::hours(1));
  }
  EXPECT_EQ(problem_of(call("GET", "/api/v1/me", who)), "unauthenticated");
}

TEST_F(SessionTest, SigningOutEndsTheSessionAtOnce) {
  const auto [browser_cookie, csrf] = browser("analyst");
  const WireAnswer out =
      call("DELETE", "/api/v1/session", cookie(browser_cookie), {}, {{"X-Countersign-CSRF", csrf}});
  EXPECT_EQ(out.status, 204U) << out.body;
  EXPECT_TRUE(out.headers.at("set-cookie").starts_with("countersign=; Path=/; Max-Age=0")) << out.head;
  EXPECT_EQ(call("GET", "/api/v1/me", cookie(browser_cookie)).status, 401U);
}

TEST_F(SessionTest, ADisabledPersonIsOutAtOnce) {
  EXPECT_EQ(call("GET", "/api/v1/me", analyst_).status, 200U);
  Person person = *world_.store->person_by_login("analyst");
  person.disabled = true;
  ASSERT_TRUE(world_.store->update_person(person, human("p-test")));
  EXPECT_EQ(call("GET", "/api/v1/me", analyst_).status, 401U);
}

TEST_F(SessionTest, ASecretWorksOnlyWhereItBelongs) {
  const auto [browser_cookie, csrf] = browser("analyst");
  const std::string secret = browser_cookie.substr(browser_cookie.find('=') + 1);
  EXPECT_EQ(call("GET", "/api/v1/me", cookie(browser_cookie)).status, 200U);
  EXPECT_EQ(call("GET", "/api/v1/me", {{{"Authorization", "Bearer " + secret}}}).status, 401U);
  const std::string bearer = analyst_.headers.front().second.substr(7);
  EXPECT_EQ(call("GET", "/api/v1/me", cookie("countersign=" + bearer)).status, 401U);
  EXPECT_EQ(call("GET", "/api/v1/me", cookie(browser_cookie + "; " + browser_cookie)).status, 401U);
}

TEST_F(SessionTest, RubbishCredentialsAreRefusedAndNeverRepeated) {
  for (const char* header : {"", "Bearer", "Bearer ", "Basic YTpi", "Bearer css_short", "bearer x",
                             "Bearer cst_x", "Bearer cst_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}) {
    const WireAnswer answer = call("GET", "/api/v1/me", {{{"Authorization", header}}});
    EXPECT_EQ(answer.status, 401U) << header;
    EXPECT_EQ(answer.headers.at("www-authenticate"), "Bearer");
    EXPECT_EQ(answer.body.find("AAAA"), std::string::npos);
  }
}

TEST_F(SessionTest, ACookieAloneChangesNothing) {
  const std::string alert = open_alert();
  const auto [mine, csrf] = browser("analyst");
  const auto [other, other_csrf] = browser("lead");
  const std::string target = "/api/v1/alerts/" + alert + ":take";
  const WireHeaders seen{{"If-Match", "\"1\""}};
  const auto with = [&](WireHeaders headers) {
    headers.insert(headers.end(), seen.begin(), seen.end());
    return call("POST", target, cookie(mine), {}, headers);
  };
  const std::vector<std::pair<const char*, WireHeaders>> refused{
      {"no token", {}},
      {"empty token", {{"X-Countersign-CSRF", ""}}},
      {"any token", {{"X-Countersign-CSRF", "1"}}},
      {"token of another session", {{"X-Countersign-CSRF", other_csrf}}},
      {"token twice", {{"X-Countersign-CSRF", csrf}, {"X-Countersign-CSRF", csrf}}},
      {"other site", {{"X-Countersign-CSRF", csrf}, {"Sec-Fetch-Site", "cross-site"}}},
      {"same site", {{"X-Countersign-CSRF", csrf}, {"Sec-Fetch-Site", "same-site"}}},
      {"other origin", {{"X-Countersign-CSRF", csrf}, {"Origin", "https://evil.example"}}},
      {"null origin", {{"X-Countersign-CSRF", csrf}, {"Origin", "null"}}},
      {"origin with our name in it",
       {{"X-Countersign-CSRF", csrf}, {"Origin", "http://test.example.evil.example"}}},
  };
  for (const auto& [name, headers] : refused) EXPECT_EQ(problem_of(with(headers)), "cross-site") << name;
  EXPECT_EQ(parse(call("GET", "/api/v1/alerts/" + alert, analyst_)).at("version").as_int64(), 1);
  EXPECT_EQ(with({{"X-Countersign-CSRF", csrf},
                  {"Sec-Fetch-Site", "same-origin"},
                  {"Origin", "http://test.example"}})
                .status,
            200U);
}

TEST_F(SessionTest, AnotherSiteCannotSignAVictimIn) {
  const std::string body = credentials("analyst", kPassword);
  EXPECT_EQ(problem_of(call("POST", "/api/v1/session", nobody_, body, {{"Origin", "https://evil.example"}})),
            "cross-site");
  EXPECT_EQ(problem_of(call("POST", "/api/v1/session", nobody_, body, {{"Sec-Fetch-Site", "cross-site"}})),
            "cross-site");
  EXPECT_EQ(call("POST", "/api/v1/session", nobody_, body, {{"Content-Type", "text/plain"}}).status, 415U);
  EXPECT_EQ(
      call("POST", "/api/v1/session", nobody_, body, {{"Content-Type", "application/x-www-form-urlencoded"}})
          .status,
      415U);
}

TEST_F(SessionTest, ThePublicOriginIsTheOnlyOneThatCounts) {
  options_.public_origin = "https://review.example";
  restart();
  const std::string body = credentials("analyst", kPassword);
  EXPECT_EQ(call("POST", "/api/v1/session", nobody_, body, {{"Origin", "https://review.example"}}).status,
            201U);
  EXPECT_EQ(call("POST", "/api/v1/session", nobody_, body, {{"Origin", "http://test.example"}}).status, 403U);
}

std::string sample_path(const Route& route) {
  std::string path(route.path);
  for (const auto& [name, value] :
       {std::pair{"{id}", "1-000-000001"}, std::pair{"{level}", "0"}, std::pair{"{tile...}", "000"}}) {
    const std::size_t at = path.find(name);
    if (at != std::string::npos) path.replace(at, std::string_view(name).size(), value);
  }
  return path;
}

TEST_F(SessionTest, WithoutSigningInNothingIsToldButThatOneMust) {
  open_alert();
  for (const Route& route : routes()) {
    if (route.permission == Permission::Public) continue;
    const WireAnswer answer = call(route.method, sample_path(route), nobody_);
    EXPECT_EQ(answer.status, 401U) << route.method << ' ' << route.path;
    EXPECT_EQ(parse(answer).at("detail").as_string(),
              "The request carries no valid session or token: sign in with POST /api/v1/session.");
    EXPECT_EQ(parse(answer).as_object().size(), 6U) << answer.body;
  }
}

TEST_F(SessionTest, EachRoleReachesWhatItMayAndNothingElse) {
  open_alert();
  const std::vector<std::pair<Role, const Credential*>> people{
      {Role::Analyst, &analyst_}, {Role::Lead, &lead_},         {Role::Manager, &manager_},
      {Role::Auditor, &auditor_}, {Role::Operator, &operator_}, {Role::RuleAuthor, &author_}};
  for (const Route& route : routes()) {
    if (route.permission == Permission::Public || route.path == "/api/v1/session") continue;
    for (const auto& [role, who] : people) {
      const WireAnswer answer = call(route.method, sample_path(route), *who);
      const bool may = permitting_role({role}, route.permission).has_value();
      EXPECT_EQ(answer.status == 403, !may)
          << to_string(role) << ' ' << route.method << ' ' << route.path << ' ' << answer.body;
      EXPECT_NE(answer.status, 401U);
    }
  }
}

TEST_F(SessionTest, ATokenReadsAndNotesAndDoesNothingElse) {
  const std::string alert = open_alert();
  const Credential reader = token_with({"read"}, "t-reader");
  const Credential noter = token_with({"read", "note"}, "t-noter");
  for (const Route& route : routes()) {
    if (route.permission == Permission::Public || route.permission == Permission::SignedIn) continue;
    EXPECT_EQ(call(route.method, sample_path(route), reader).status == 403,
              !scopes_permit({"read"}, route.permission))
        << route.path;
  }
  EXPECT_EQ(problem_of(act(alert, "note", 1, reader, R"({"text":"seen"})")), "forbidden");
  const WireAnswer noted = act(alert, "note", 1, noter, R"({"text":"seen by the robot"})");
  ASSERT_EQ(noted.status, 200U) << noted.body;
  EXPECT_EQ(parse(noted).at_pointer("/actor/kind").as_string(), "service");
  EXPECT_EQ(parse(noted).at_pointer("/actor/id").as_string(), "t-noter");
  for (const char* action : {"take", "assign", "release", "hold", "resume", "decide", "close", "reopen"}) {
    EXPECT_EQ(problem_of(act(alert, action, 2, noter,
                             R"({"verdict":"benign","reason_code":"known_tool","rationale":"because"})")),
              "forbidden")
        << action;
  }
  EXPECT_EQ(call("GET", "/api/v1/alerts?filter=owner:me", reader).status, 400U);
  EXPECT_EQ(call("DELETE", "/api/v1/session", reader).status, 403U);
  const WireAnswer me = call("GET", "/api/v1/me", noter);
  EXPECT_EQ(parse(me).at("kind").as_string(), "service");
  world_.clock.advance(std::chrono::hours(24));
  EXPECT_EQ(call("GET", "/api/v1/alerts", reader).status, 401U);
}

TEST_F(SessionTest, TheAccessLogHasTheTemplateAndAnOpaqueActor) {
  EXPECT_EQ(call("GET", "/api/v1/alerts/1-000-009999", analyst_, {}, {{"X-Request-Id", "job-1"}}).status,
            404U);
  const std::lock_guard lock(access_mutex_);
  const auto found =
      std::find_if(access_.begin(), access_.end(), [](const auto& r) { return r.request_id == "job-1"; });
  ASSERT_NE(found, access_.end());
  EXPECT_EQ(found->route, "/api/v1/alerts/{id}");
  EXPECT_EQ(found->status, 404U);
  EXPECT_TRUE(found->actor.starts_with("p-"));
}

}  // namespace
}  // namespace countersign::test
