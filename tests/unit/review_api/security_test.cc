// SPDX-License-Identifier: Apache-2.0
// The small parts that security rests on: secrets, cursors, passwords, the throttle, the table of
// permissions, problem documents.
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "review-api/cursor.h"
#include "review-api/login_throttle.h"
#include "review-api/password.h"
#include "review-api/permission.h"
#include "review-api/problem.h"
#include "review-api/request_id.h"
#include "review-api/secrets.h"
#include "review-api/trusted_proxies.h"
#include "review-api/utf8.h"

namespace countersign::test {
namespace {

TEST(Secrets, HaveTheirPrefixAndOnlyTheirHashIsKept) {
  SystemRandom random;
  const NewSecret session = make_session_secret(random);
  const NewSecret token = make_api_token(random);
  EXPECT_TRUE(looks_like_session(session.text));
  EXPECT_TRUE(looks_like_token(token.text));
  EXPECT_FALSE(looks_like_token(session.text));
  EXPECT_EQ(session.hash, to_hex(sha256(session.text)));
  EXPECT_NE(session.text, make_session_secret(random).text);
  for (std::string bad : {std::string(), std::string("css_"), session.text + "A", session.text.substr(1),
                          "css_" + std::string(42, 'a') + "=", "css_" + std::string(42, 'a') + "\n"})
    EXPECT_FALSE(looks_like_session(bad)) << bad;
}

TEST(Secrets, TheCsrfTokenFollowsFromTheSessionAndFromNothingElse) {
  EXPECT_EQ(csrf_token("css_a"), csrf_token("css_a"));
  EXPECT_NE(csrf_token("css_a"), csrf_token("css_b"));
  EXPECT_EQ(csrf_token("css_a").size(), 43U);
  // Whoever reads hashes of sessions in the store cannot make it from them.
  EXPECT_NE(csrf_token("css_a"), csrf_token(to_hex(sha256("css_a"))));
}

TEST(Cursor, OpensOnlyForItsOwnQuestionAndUnchanged) {
  SystemRandom random;
  const Cursors cursors(random);
  for (const std::string& position :
       {std::string(), std::string("x"), std::string("\0\xff", 2), std::string(300, 'p')}) {
    const std::string cursor = cursors.seal("alerts", position);
    const auto opened = cursors.open("alerts", cursor);
    ASSERT_TRUE(opened);
    EXPECT_EQ(*opened, position);
    EXPECT_FALSE(cursors.open("alert", cursor));
    EXPECT_FALSE(cursors.open("alertss", cursor));
    for (std::size_t i = 0; i < cursor.size(); ++i) {
      std::string changed = cursor;
      changed[i] = changed[i] == 'A' ? 'B' : 'A';
      EXPECT_FALSE(cursors.open("alerts", changed)) << i;
    }
    for (const std::string& bad :
         {cursor + "A", cursor + "AAAA", cursor.substr(1), cursor.substr(0, cursor.size() - 1), std::string(),
          std::string("not base64!"), std::string(5000, 'A')})
      EXPECT_FALSE(cursors.open("alerts", bad)) << bad;
  }
  const Cursors after_restart(random);
  const auto refused = after_restart.open("alerts", cursors.seal("alerts", "x"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::Malformed);
}

TEST(Password, VerifiesOnlyItself) {
  const auto hash = hash_password("correct horse", PasswordCost::Minimum);
  ASSERT_TRUE(hash);
  EXPECT_TRUE(hash->starts_with("$argon2id$"));
  EXPECT_TRUE(verify_password(*hash, "correct horse"));
  for (const char* wrong : {"", "correct horsf", "correct horse ", "Correct horse"})
    EXPECT_FALSE(verify_password(*hash, wrong)) << wrong;
  EXPECT_FALSE(verify_password("", ""));
  EXPECT_FALSE(verify_password("", "correct horse"));
  EXPECT_FALSE(verify_password("correct horse", "correct horse"));
  EXPECT_FALSE(verify_password(std::string(500, '$'), "correct horse"));
  EXPECT_NE(*hash, *hash_password("correct horse", PasswordCost::Minimum));
}

TEST(Password, ShortAndLongOnesAreRefusedByTheirField) {
  for (const std::size_t length : {std::size_t{0}, kPasswordBytesMin - 1, kPasswordBytesMax + 1}) {
    const auto hash = hash_password(std::string(length, 'a'), PasswordCost::Minimum);
    ASSERT_FALSE(hash) << length;
    EXPECT_EQ(hash.error().kind, ErrorKind::InvalidArgument);
    ASSERT_EQ(hash.error().fields.size(), 1U);
    EXPECT_EQ(hash.error().fields[0].field, "password");
    EXPECT_EQ(hash.error().message.find("aaa"), std::string::npos);
  }
  EXPECT_TRUE(hash_password(std::string(kPasswordBytesMin, 'a'), PasswordCost::Minimum));
}

TEST(Password, AHashOfAnotherCostIsDueForRenewal) {
  const auto hash = hash_password("correct horse", PasswordCost::Minimum);
  ASSERT_TRUE(hash);
  EXPECT_TRUE(needs_rehash(*hash, PasswordCost::Standard));
  EXPECT_FALSE(needs_rehash(*hash, PasswordCost::Minimum));
}

TEST(LoginThrottle, RefusesBeyondTheLimitUntilTheWindowEnds) {
  ManualClock clock(*parse_rfc3339("2026-01-01T00:00:00Z"));
  LoginThrottle throttle(clock, {std::chrono::seconds{60}, 3, 5, 100});
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(throttle.begin("a", "10.0.0.1"));
  clock.advance(std::chrono::seconds{20});
  EXPECT_EQ(throttle.begin("a", "10.0.0.1"), std::chrono::seconds{40});
  EXPECT_FALSE(throttle.begin("a", "10.0.0.2"));  // another address may still sign in
  EXPECT_FALSE(throttle.begin("b", "10.0.0.1"));
  EXPECT_FALSE(throttle.begin("c", "10.0.0.1"));
  EXPECT_TRUE(throttle.begin("d", "10.0.0.1"));  // five from one address
  clock.advance(std::chrono::seconds{40});
  EXPECT_FALSE(throttle.begin("a", "10.0.0.1"));
}

TEST(LoginThrottle, ARightPasswordForgetsTheFailures) {
  ManualClock clock(*parse_rfc3339("2026-01-01T00:00:00Z"));
  LoginThrottle throttle(clock, {std::chrono::seconds{60}, 3, 100, 100});
  for (int round = 0; round < 5; ++round) {
    EXPECT_FALSE(throttle.begin("a", "10.0.0.1"));
    EXPECT_FALSE(throttle.begin("a", "10.0.0.1"));
    throttle.succeeded("a", "10.0.0.1");
  }
}

TEST(LoginThrottle, OneNetworkOfIpv6IsOneAddress) {
  ManualClock clock(*parse_rfc3339("2026-01-01T00:00:00Z"));
  LoginThrottle throttle(clock, {std::chrono::seconds{60}, 2, 100, 100});
  EXPECT_FALSE(throttle.begin("a", "2001:db8:1:2:aaaa::1"));
  EXPECT_FALSE(throttle.begin("a", "2001:db8:1:2:bbbb::2"));
  EXPECT_TRUE(throttle.begin("a", "2001:db8:1:2:cccc::3"));
  EXPECT_FALSE(throttle.begin("a", "2001:db8:1:3:cccc::3"));
}

TEST(LoginThrottle, ABurstInParallelCannotPassTheLimit) {
  ManualClock clock(*parse_rfc3339("2026-01-01T00:00:00Z"));
  LoginThrottle throttle(clock, {std::chrono::seconds{60}, 10, 1000, 100});
  std::atomic<int> admitted{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        if (!throttle.begin("a", "10.0.0.1")) ++admitted;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(admitted, 10);
}

TEST(LoginThrottle, InventedLoginsNeverUnlockTheOneUnderAttackNorFillTheMemory) {
  ManualClock clock(*parse_rfc3339("2026-01-01T00:00:00Z"));
  LoginThrottle throttle(clock, {std::chrono::seconds{600}, 1, 1'000'000, 1'000});
  for (int i = 0; i < 20'000; ++i) {
    clock.advance(std::chrono::milliseconds{1});
    EXPECT_FALSE(throttle.begin("invented" + std::to_string(i), "10.0.0." + std::to_string(i % 4)));
  }
  EXPECT_TRUE(throttle.begin("invented19999", "10.0.0.3"));  // the newest are still known
}

TEST(TrustedProxies, OnlyWhatTrustedProxiesWroteIsBelieved) {
  const auto proxies = TrustedProxies::parse({"10.0.0.0/8", "192.0.2.7", "2001:db8::/33"});
  ASSERT_TRUE(proxies) << proxies.error().message;
  struct Row {
    const char* peer;
    const char* forwarded;
    const char* client;
  };
  for (const Row& row :
       std::vector<Row>{{"203.0.113.9", "198.51.100.1",
                         "203.0.113.9"},  // not a proxy of ours: its word counts for nothing
                        {"10.1.2.3", "", "10.1.2.3"},
                        {"10.1.2.3", "198.51.100.1", "198.51.100.1"},
                        {"10.1.2.3", "1.1.1.1, 198.51.100.1", "198.51.100.1"},  // the client invented 1.1.1.1
                        {"10.1.2.3", "198.51.100.1,192.0.2.7 , 10.9.9.9", "198.51.100.1"},
                        {"10.1.2.3", "10.0.0.1, 10.0.0.2", "10.0.0.1"},
                        {"10.1.2.3", "unknown", "10.1.2.3"},
                        {"10.1.2.3", "198.51.100.1, rubbish, 10.0.0.2", "10.0.0.2"},
                        {"192.0.2.8", "198.51.100.1", "192.0.2.8"},
                        {"2001:db8:7fff::1", "2001:db8:8000::1", "2001:db8:8000::1"},
                        {"2001:db8:8000::1", "198.51.100.1", "2001:db8:8000::1"},
                        {"::ffff:10.1.2.3", "198.51.100.1", "198.51.100.1"}}) {
    EXPECT_EQ(proxies->client_of(row.peer, row.forwarded), row.client) << row.peer << " < " << row.forwarded;
  }
  EXPECT_EQ(TrustedProxies::parse({})->client_of("10.1.2.3", "198.51.100.1"), "10.1.2.3");
}

TEST(TrustedProxies, NetworksThatCannotBeReadAreNamed) {
  for (const char* text :
       {"", "name", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "2001:db8::/129", "/8"}) {
    const auto proxies = TrustedProxies::parse({"127.0.0.1", text});
    ASSERT_FALSE(proxies) << text;
    EXPECT_EQ(proxies.error().kind, ErrorKind::InvalidArgument);
    EXPECT_NE(proxies.error().message.find('`' + std::string(text) + '`'), std::string::npos);
  }
}

struct PermissionRow {
  Permission permission;
  std::set<Role> roles;
  bool read_scope;
  bool note_scope;
  bool send_scope = false;
};

// Written by hand from evidence.md 5.4 and contract.md 5, not made from the table under test.
TEST(Permission, TheTableIsAsDesigned) {
  using enum Role;
  const std::set<Role> all{Analyst, Lead, Manager, Auditor, Operator, RuleAuthor};
  const std::vector<PermissionRow> rows{
      {Permission::Public, all, true, false},
      {Permission::SignedIn, all, true, true},
      {Permission::ReadAlerts, all, true, false},
      {Permission::ReadEvents, {Analyst, Lead, Manager, Auditor, RuleAuthor}, true, false},
      {Permission::ReadBooks, all, true, false},
      {Permission::ReadDeadLetters, {Analyst, Lead, Auditor, Operator, RuleAuthor}, true, false},
      {Permission::ReplayDeadLetters, {Lead, Operator, RuleAuthor}, false, false},
      {Permission::ReadRules, all, true, false},
      {Permission::ReloadRules, {Operator, RuleAuthor}, false, false},
      {Permission::ReadPeople, {Analyst, Lead, Manager, Auditor, Operator}, false, false},
      {Permission::ReadLogEntries, {Auditor}, false, false},
      {Permission::Note, {Analyst, Lead, Manager}, false, true},
      {Permission::CreateAlert, {Analyst, Lead}, false, false},
      {Permission::Review, {Analyst, Lead}, false, false},
      {Permission::Assign, {Lead, Manager}, false, false},
      {Permission::ManagePeople, {Operator}, false, false},
      {Permission::ManageTokens, {Operator}, false, false},
      {Permission::SendEvents, {}, false, false, true},
  };
  EXPECT_EQ(rows.size(), all_permissions().size());
  for (const PermissionRow& row : rows) {
    SCOPED_TRACE(to_string(row.permission));
    for (const Role role : all)
      EXPECT_EQ(permitting_role({role}, row.permission).has_value(), row.roles.contains(role))
          << to_string(role);
    EXPECT_EQ(scopes_permit({"read"}, row.permission), row.read_scope);
    EXPECT_EQ(scopes_permit({"note"}, row.permission), row.note_scope);
    EXPECT_EQ(scopes_permit({"send"}, row.permission),
              row.send_scope || row.permission == Permission::SignedIn);
    EXPECT_FALSE(permitting_role({}, row.permission));
  }
  EXPECT_EQ(permitting_role({Manager, Lead}, Permission::Review), Lead);
}

TEST(Problem, EachErrorKindHasItsStatus) {
  const std::vector<std::pair<ErrorKind, unsigned>> rows{
      {ErrorKind::InvalidArgument, 422}, {ErrorKind::Malformed, 400},   {ErrorKind::Unsupported, 400},
      {ErrorKind::LimitExceeded, 507},   {ErrorKind::NotFound, 404},    {ErrorKind::Conflict, 409},
      {ErrorKind::Denied, 403},          {ErrorKind::Unavailable, 503}, {ErrorKind::Corrupt, 500},
      {ErrorKind::Internal, 500},
  };
  for (const auto& [kind, status] : rows) {
    const Problem problem = to_problem(Error{kind, "the detail", {{"f", "c", "m"}}});
    EXPECT_EQ(status_of(problem.kind), status) << to_string(kind);
    EXPECT_EQ(problem.detail == "the detail", status != 500) << to_string(kind);
  }
}

TEST(Problem, TheDocumentHoldsWhatTheClientCanUse) {
  const HttpResponse response = to_response(Problem{.kind = ProblemKind::StaleVersion,
                                                    .detail = "moved \xff on",
                                                    .errors = {{"a\"b", "stale", "m"}},
                                                    .version = AlertVersion{7}},
                                            "r-1", "/api/v1/alerts/1");
  EXPECT_EQ(response.status, 412U);
  EXPECT_EQ(response.content_type, kProblemType);
  EXPECT_EQ(
      response.body,
      "{\"type\":\"/docs/api.md#stale-version\",\"title\":\"The alert has changed since you read "
      "it\",\"status\":"
      "412,\"detail\":\"moved \xEF\xBF\xBD on\",\"instance\":\"/api/v1/alerts/1\",\"request_id\":\"r-1\","
      "\"errors\":[{\"field\":\"a\\\"b\",\"code\":\"stale\",\"message\":\"m\"}],\"version\":7}");
}

TEST(Utf8, OnlyValidSequencesPass) {
  for (const char* good :
       {"", "a", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xED\x9F\xBF", "\xF4\x8F\xBF\xBF"})
    EXPECT_TRUE(is_utf8(good)) << good;
  for (const char* bad :
       {"\x80", "\xC0\xAF", "\xC3", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80",
        "a\xFF"
        "b"})
    EXPECT_FALSE(is_utf8(bad)) << bad;
  EXPECT_EQ(valid_utf8("a\xFF"
                       "b\xE2\x82"),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD\xEF\xBF\xBD");
}

}  // namespace
}  // namespace countersign::test
