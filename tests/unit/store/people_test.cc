// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "store/offline.h"
#include "store/people_rules.h"
#include "world.h"

namespace countersign::test {
namespace {

Person person_named(const std::string& login, std::vector<Role> roles = {Role::Analyst}) {
  Person person;
  person.login = login;
  person.display_name = "Name of " + login;
  person.roles = std::move(roles);
  person.password_hash = "$argon2id$";
  return person;
}

ApiToken token_named(const std::string& id, const World& world) {
  ApiToken token;
  token.id = id;
  token.name = "dashboard";
  token.hash = to_hex(sha256(id));
  token.scopes = {"note", "read"};
  token.created = world.clock.now();
  token.expires = token.created + std::chrono::hours{24 * 30};
  return token;
}

std::string raw_log(const Store& store) {
  const std::uint64_t size = store.health().entries;
  EXPECT_TRUE(store.wait_for_proof(EntrySeq{size - 1}, std::chrono::seconds{20}));
  return store.tile("entries/000.p/" + std::to_string(size)).value_or("");
}

TEST(People, RolesThatExcludeEachOtherAreRefused) {
  struct Case {
    std::vector<Role> roles;
    bool allowed;
  };
  const std::vector<Case> cases{
      {{}, false},
      {{Role::Analyst}, true},
      {{Role::Analyst, Role::Lead, Role::Manager, Role::RuleAuthor}, true},
      {{Role::Lead, Role::Analyst}, false},
      {{Role::Analyst, Role::Analyst}, false},
      {{Role::Auditor}, true},
      {{Role::Analyst, Role::Auditor}, false},
      {{Role::Auditor, Role::Operator}, false},
      {{Role::Operator}, true},
      {{Role::Manager, Role::Operator}, true},
      {{Role::Analyst, Role::Operator}, false},
      {{Role::Lead, Role::Operator}, false},
      {{Role::Operator, Role::RuleAuthor}, false},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(check_person(person_named("anna", one.roles)).has_value(), one.allowed);
  }
  EXPECT_FALSE(check_person(person_named("")));
  EXPECT_FALSE(check_person(person_named("with blank")));
}

TEST(People, ALoginIsUniqueWhateverItsCaseAndTheLogHoldsOnlyTheId) {
  World world;
  world.open();
  Store& store = *world.store;
  const auto anna = store.add_person(person_named("Anna"), human("p-admin"));
  ASSERT_TRUE(anna) << anna.error().message;
  EXPECT_EQ(anna->id.value.size(), 28U);
  const auto again = store.add_person(person_named("anna"), human("p-admin"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::Conflict);
  EXPECT_EQ(store.person_by_login("ANNA")->id, anna->id);
  EXPECT_EQ(store.person(anna->id)->display_name, "Name of Anna");
  const std::string log = raw_log(store);
  EXPECT_NE(log.find(anna->id.value), std::string::npos);
  EXPECT_EQ(log.find("Anna"), std::string::npos);
  EXPECT_EQ(store.persons().size(), 1U);
}

TEST(People, RenamingFreesTheOldLogin) {
  World world;
  world.open();
  Store& store = *world.store;
  Person anna = store.add_person(person_named("anna"), human("p-admin")).value();
  anna.login = "anna.b";
  anna.roles = {Role::Lead};
  ASSERT_TRUE(store.update_person(anna, human("p-admin")));
  EXPECT_FALSE(store.person_by_login("anna"));
  EXPECT_EQ(store.person_by_login("anna.b")->roles, std::vector<Role>{Role::Lead});
  EXPECT_TRUE(store.add_person(person_named("anna"), human("p-admin")));
  Person unknown = anna;
  unknown.id = PersonId{"p-unknown"};
  EXPECT_EQ(store.update_person(unknown, human("p-admin")).error().kind, ErrorKind::NotFound);
}

TEST(People, SessionsEndWithRevocationAndDisabling) {
  World world;
  world.open();
  Store& store = *world.store;
  Person anna = store.add_person(person_named("anna"), human("p-admin")).value();
  const auto begin = [&](const std::string& hash) {
    return store.add_session(
        {hash, anna.id, "password", "console", world.clock.now(), world.clock.now() + std::chrono::hours{8}});
  };
  ASSERT_TRUE(begin("one"));
  ASSERT_TRUE(begin("two"));
  ASSERT_TRUE(store.revoke_session("one"));
  EXPECT_FALSE(store.session("one"));
  EXPECT_TRUE(store.session("two"));
  world.clock.advance(std::chrono::seconds{1});
  ASSERT_TRUE(store.revoke_sessions_of(anna.id));
  EXPECT_FALSE(store.session("two"));
  ASSERT_TRUE(begin("three"));
  EXPECT_TRUE(store.session("three"));
  world.clock.advance(std::chrono::seconds{1});
  anna.disabled = true;
  ASSERT_TRUE(store.update_person(anna, human("p-admin")));
  EXPECT_FALSE(store.session("three"));
  EXPECT_EQ(begin("four").error().kind, ErrorKind::Denied);
}

TEST(People, TokensAreFoundByHashAndStayListedWhenRevoked) {
  World world;
  world.open();
  Store& store = *world.store;
  const ApiToken token = token_named("ct-1", world);
  ASSERT_TRUE(store.add_token(token, human("p-admin")));
  EXPECT_EQ(store.add_token(token, human("p-admin")).error().kind, ErrorKind::Conflict);
  EXPECT_EQ(store.token_by_hash(token.hash)->id, "ct-1");
  ASSERT_TRUE(store.revoke_token("ct-1", human("p-admin")));
  EXPECT_TRUE(store.token_by_hash(token.hash)->revoked);
  EXPECT_EQ(store.tokens().size(), 1U);
  EXPECT_EQ(store.revoke_token("ct-2", human("p-admin")).error().kind, ErrorKind::NotFound);
  ApiToken greedy = token_named("ct-3", world);
  greedy.scopes = {"decide"};
  EXPECT_EQ(store.add_token(greedy, human("p-admin")).error().kind, ErrorKind::InvalidArgument);
  ApiToken eternal = token_named("ct-4", world);
  eternal.expires = eternal.created + std::chrono::hours{24 * 400};
  EXPECT_EQ(store.add_token(eternal, human("p-admin")).error().kind, ErrorKind::InvalidArgument);
}

TEST(People, AFailedSignInIsInTheLogWithoutItsLogin) {
  World world;
  world.open();
  const std::uint64_t before = world.store->health().entries;
  world.store->record_auth_failure("mallory", "password", "r-9");
  submit(*world.store, quiet_report(0, 1));  // commands are executed in order
  ASSERT_EQ(world.store->health().entries, before + 1);
  const std::string log = raw_log(*world.store);
  EXPECT_NE(log.find("auth.failed"), std::string::npos);
  EXPECT_EQ(log.find("mallory"), std::string::npos);
}

TEST(People, WhoIsAddedBeforeTheFirstStartIsRecordedByIt) {
  World world;
  const auto anna = add_person_offline(world.data(), person_named("anna"), world.clock, world.random);
  ASSERT_TRUE(anna) << anna.error().message;
  const auto twice = add_person_offline(world.data(), person_named("ANNA"), world.clock, world.random);
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().kind, ErrorKind::Conflict);
  const ApiToken token = token_named("ct-1", world);
  ASSERT_TRUE(add_token_offline(world.data(), token, world.clock));
  world.open();
  EXPECT_EQ(world.store->person_by_login("anna")->id, anna->id);
  EXPECT_TRUE(world.store->token_by_hash(token.hash));
  const std::string log = raw_log(*world.store);
  const std::size_t opened = log.find("log.opened");
  const std::size_t added = log.find("user.changed");
  ASSERT_NE(opened, std::string::npos);
  ASSERT_NE(added, std::string::npos);
  EXPECT_LT(opened, added);
  const auto busy = add_person_offline(world.data(), person_named("bert"), world.clock, world.random);
  ASSERT_FALSE(busy);
  EXPECT_EQ(busy.error().kind, ErrorKind::Unavailable);
  world.close();
  world.open();
  EXPECT_EQ(world.store->persons().size(), 1U);
}

}  // namespace
}  // namespace countersign::test
