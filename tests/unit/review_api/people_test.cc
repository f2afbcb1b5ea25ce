// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/unit/review_api/api_fixture.h"

namespace countersign::test {
namespace {

namespace json = boost::json;

constexpr const char* kBerta =
    R"({"login":"berta","name":"Berta","roles":["analyst"],"password":"a long password"})";

class PeopleTest : public ApiTest {
 protected:
  std::string sign_in(const std::string& login, const std::string& password) {
    const WireAnswer answer =
        call("POST", "/api/v1/session", nobody_,
             json::serialize(json::object{{"login", login}, {"password", password}, {"channel", "cli"}}));
    return answer.status == 201 ? std::string(parse(answer).at("token").as_string()) : "";
  }
  std::string add_berta() {
    const WireAnswer added = call("POST", "/api/v1/users", operator_, kBerta);
    EXPECT_EQ(added.status, 201U) << added.body;
    return added.status == 201 ? std::string(parse(added).at("id").as_string()) : "";
  }
  std::string id_of(const std::string& login) { return world_.store->person_by_login(login)->id.value; }
};

TEST_F(PeopleTest, AnAddedPersonCanSignIn) {
  const std::string id = add_berta();
  EXPECT_TRUE(id.starts_with("p-"));
  EXPECT_NE(sign_in("berta", "a long password"), "");
  EXPECT_NE(sign_in("BERTA", "a long password"), "");
}

TEST_F(PeopleTest, NoAnswerHoldsAHash) {
  add_berta();
  token_with({"read"});
  for (const char* target : {"/api/v1/users", "/api/v1/tokens", "/api/v1/me"}) {
    const WireAnswer answer = call("GET", target, operator_);
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.body.find("argon2"), std::string::npos);
    EXPECT_EQ(answer.body.find("hash"), std::string::npos);
    EXPECT_EQ(answer.body.find("cst_"), std::string::npos);
  }
}

TEST_F(PeopleTest, WrongPersonsAreRefusedByField) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"{}", "login name password roles"},
      {R"({"login":"x y","name":"X","roles":["analyst"],"password":"a long password"})", "login"},
      {R"({"login":"Big","name":"X","roles":["analyst"],"password":"a long password"})", "login"},
      {R"({"login":"x","name":"X","roles":[],"password":"a long password"})", "roles"},
      {R"({"login":"x","name":"X","roles":["root"],"password":"a long password"})", "roles roles[0]"},
      {R"({"login":"x","name":"X","roles":["auditor","analyst"],"password":"a long password"})", "roles"},
      {R"({"login":"x","name":"X","roles":["operator","lead"],"password":"a long password"})", "roles"},
      {R"({"login":"x","name":"X","roles":["analyst"],"password":"short"})", "password"},
      {R"({"login":"x","name":"X","roles":["analyst"],"password":"a long password","id":"p-1"})", "id"},
  };
  for (const auto& [body, fields] : cases) {
    const WireAnswer answer = call("POST", "/api/v1/users", operator_, body);
    EXPECT_EQ(answer.status, 422U) << body << ' ' << answer.body;
    EXPECT_EQ(error_fields(answer), fields) << body;
  }
}

TEST_F(PeopleTest, ALoginIsTakenOnce) {
  add_berta();
  EXPECT_EQ(problem_of(call("POST", "/api/v1/users", operator_, kBerta)), "conflict");
}

TEST_F(PeopleTest, ChangedRightsEndTheSessions) {
  const std::string id = add_berta();
  const std::vector<std::pair<std::string, std::string>> cases{
      {R"({"roles":["manager"]})", "a long password"},
      {R"({"password":"another password"})", "another password"},
  };
  std::string password = "a long password";
  for (const auto& [body, next] : cases) {
    const Credential berta{{{"Authorization", "Bearer " + sign_in("berta", password)}}};
    ASSERT_EQ(call("GET", "/api/v1/me", berta).status, 200U);
    world_.clock.advance(std::chrono::seconds(1));
    const WireAnswer changed = call("PATCH", "/api/v1/users/" + id, operator_, body);
    ASSERT_EQ(changed.status, 200U) << changed.body;
    EXPECT_EQ(call("GET", "/api/v1/me", berta).status, 401U) << body;
    password = next;
  }
  EXPECT_EQ(sign_in("berta", "a long password"), "");
  EXPECT_NE(sign_in("berta", "another password"), "");
  ASSERT_EQ(call("PATCH", "/api/v1/users/" + id, operator_, R"({"disabled":true})").status, 200U);
  EXPECT_EQ(sign_in("berta", "another password"), "");
}

TEST_F(PeopleTest, ANameAloneEndsNothing) {
  const std::string id = add_berta();
  const Credential berta{{{"Authorization", "Bearer " + sign_in("berta", "a long password")}}};
  const WireAnswer changed = call("PATCH", "/api/v1/users/" + id, operator_, R"({"name":"Berta B."})");
  ASSERT_EQ(changed.status, 200U) << changed.body;
  EXPECT_EQ(parse(call("GET", "/api/v1/me", berta)).at_pointer("/person/name").as_string(), "Berta B.");
}

TEST_F(PeopleTest, NobodyGainsARightByHisOwnHand) {
  const std::string self = id_of("operator");
  EXPECT_EQ(error_fields(call("PATCH", "/api/v1/users/" + self, operator_, R"({"roles":["analyst"]})")),
            "roles");
  EXPECT_EQ(error_fields(call("PATCH", "/api/v1/users/" + self, operator_, R"({"disabled":true})")),
            "disabled");
  EXPECT_EQ(world_.store->person_by_login("operator")->roles, std::vector<Role>{Role::Operator});
  EXPECT_EQ(problem_of(call("PATCH", "/api/v1/users/p-nobody", operator_, R"({"name":"x"})")), "not-found");
}

TEST_F(PeopleTest, ListsArePaged) {
  const WireAnswer first = call("GET", "/api/v1/users?limit=4", operator_);
  ASSERT_EQ(parse(first).at("items").as_array().size(), 4U);
  const std::string cursor(parse(first).at("next_cursor").as_string());
  const WireAnswer second = call("GET", "/api/v1/users?limit=4&cursor=" + cursor, operator_);
  EXPECT_EQ(parse(second).at("items").as_array().size(), 2U);
  EXPECT_TRUE(parse(second).at("next_cursor").is_null());
}

TEST_F(PeopleTest, ATokenIsShownOnceAndCanBeRevoked) {
  const WireAnswer made =
      call("POST", "/api/v1/tokens", operator_,
           R"({"name":"ticket system","scopes":["note","read"],"expires_at":"2026-12-31T00:00:00Z"})");
  ASSERT_EQ(made.status, 201U) << made.body;
  const std::string id(parse(made).at("id").as_string());
  const Credential token{{{"Authorization", "Bearer " + std::string(parse(made).at("token").as_string())}}};
  EXPECT_EQ(call("GET", "/api/v1/alerts", token).status, 200U);
  const WireAnswer list = call("GET", "/api/v1/tokens", operator_);
  EXPECT_EQ(parse(list).at("items").at(0).at("id").as_string(), id);
  EXPECT_EQ(call("DELETE", "/api/v1/tokens/" + id, operator_).status, 204U);
  EXPECT_EQ(call("GET", "/api/v1/alerts", token).status, 401U);
  EXPECT_EQ(problem_of(call("DELETE", "/api/v1/tokens/t-nothing", operator_)), "not-found");
}

TEST_F(PeopleTest, WrongTokensAreRefusedByField) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"{}", "expires_at name scopes"},
      {R"({"name":"x","scopes":["decide"],"expires_at":"2026-12-31T00:00:00Z"})", "scopes"},
      {R"({"name":"x","scopes":[],"expires_at":"2026-12-31T00:00:00Z"})", "scopes"},
      {R"({"name":"x","scopes":["read"],"expires_at":"2027-03-02T08:00:00Z"})", "expires_at"},
      {R"({"name":"x","scopes":["read"],"expires_at":"2026-03-01T08:00:00Z"})", "expires_at"},
      {R"({"name":"x","scopes":["read"],"expires_at":"never"})", "expires_at"},
      {R"({"name":"x","scopes":["read"],"expires_at":"2026-12-31T00:00:00Z","token":"cst_mine"})", "token"},
  };
  for (const auto& [body, fields] : cases) {
    const WireAnswer answer = call("POST", "/api/v1/tokens", operator_, body);
    EXPECT_EQ(answer.status, 422U) << body;
    EXPECT_EQ(error_fields(answer), fields) << body;
  }
}

}  // namespace
}  // namespace countersign::test
