// SPDX-License-Identifier: Apache-2.0
#include "ingest/group_key.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/ingest/detection.h"

namespace countersign {
namespace {

using testing::rules_of;
using testing::simple_rule;

Value text_value(std::string_view text) {
  Value value;
  value.type = ValueType::String;
  value.text = text;
  return value;
}

/// A test names only times that can be read.
Timestamp at(std::string_view text) { return parse_rfc3339(text).value_or(Timestamp{}); }

struct Key {
  std::vector<GroupKeyPart> parts;
  std::string identity;
};

Key key_of(GroupKeys& keys, std::uint32_t rule,
           const std::vector<std::pair<std::string, std::string>>& fields, const EventClass* event_class,
           Timestamp time = {}) {
  Event event;
  for (const auto& [name, value] : fields) event.add(name, text_value(value));
  event.set_event_class(event_class);
  event.set_time(time, TimeSource::Event, false);
  Key out;
  keys.make(rule, event, out.parts, out.identity);
  return out;
}

class GroupKeyTest : public ::testing::Test {
 protected:
  EventClass event_class_{"pack", {}, {"host", "user"}};
  std::shared_ptr<const RuleSet> rules_ = rules_of(
      simple_rule(1, "x", "a: 1") + simple_rule(2, "x", "a: 1", "countersign: {group_by: [host, ip]}\n") +
      simple_rule(3, "x", "a: 1", "countersign: {group_by: [host], group_window: 1h}\n"));
  GroupKeys keys_{rules_, 7};
};

TEST_F(GroupKeyTest, TheRulesOwnFieldsComeBeforeThoseOfThePack) {
  const Key by_pack = key_of(keys_, 0, {{"host", "H1"}, {"user", "Ada"}, {"ip", "x"}}, &event_class_);
  ASSERT_EQ(by_pack.parts.size(), 2U);
  EXPECT_EQ(by_pack.parts[0], (GroupKeyPart{"host", true, "h1", "H1"}));
  EXPECT_EQ(by_pack.parts[1], (GroupKeyPart{"user", true, "ada", "Ada"}));
  const Key by_rule = key_of(keys_, 1, {{"host", "H1"}, {"ip", "10.0.0.1"}}, &event_class_);
  ASSERT_EQ(by_rule.parts.size(), 2U);
  EXPECT_EQ(by_rule.parts[1].field, "ip");
}

TEST_F(GroupKeyTest, SpellingsInOtherCaseAreOneKey) {
  const Key upper = key_of(keys_, 0, {{"host", "STRA\u00dfE"}, {"user", "\u00c4DA"}}, &event_class_);
  const Key lower = key_of(keys_, 0, {{"host", "stra\u00dfe"}, {"user", "\u00e4da"}}, &event_class_);
  EXPECT_EQ(upper.identity, lower.identity);
  EXPECT_EQ(upper.parts[1].shown, "\u00c4DA");
}

TEST_F(GroupKeyTest, DifferentKeysNeverShareAnIdentity) {
  const std::vector<std::vector<std::pair<std::string, std::string>>> events = {
      {},
      {{"host", ""}},
      {{"user", ""}},
      {{"host", ""}, {"user", ""}},
      {{"host", "a"}},
      {{"user", "a"}},
      {{"host", "ab"}, {"user", "c"}},
      {{"host", "a"}, {"user", "bc"}},
  };
  std::set<std::string> identities;
  for (const auto& fields : events) {
    for (const std::uint32_t rule : {0U, 1U})
      identities.insert(key_of(keys_, rule, fields, &event_class_).identity);
  }
  // Rule 2 does not look at `user`: three of its eight keys repeat.
  EXPECT_EQ(identities.size(), 8U + 4U);
}

TEST_F(GroupKeyTest, AMissingFieldIsAValueOfItsOwn) {
  const Key missing = key_of(keys_, 0, {{"host", "a"}}, &event_class_);
  EXPECT_EQ(missing.parts[1], (GroupKeyPart{"user", false, "", ""}));
  EXPECT_EQ(missing.identity, key_of(keys_, 0, {{"host", "a"}}, &event_class_).identity);
}

TEST_F(GroupKeyTest, AWindowSplitsByTimeWithAPhaseOfTheKey) {
  const Timestamp base = at("2024-01-02T00:00:00Z");
  std::set<std::string> buckets;
  std::string previous;
  int changes = 0;
  for (int minute = 0; minute < 24 * 60; ++minute) {
    const Key key = key_of(keys_, 2, {{"host", "a"}}, &event_class_, base + std::chrono::minutes{minute});
    ASSERT_EQ(key.parts.size(), 2U);
    EXPECT_EQ(key.parts[1].field, kGroupWindowField);
    const Timestamp start = at(key.parts[1].shown);
    EXPECT_LE(start, base + std::chrono::minutes{minute});
    EXPECT_GT(start + std::chrono::hours{1} + std::chrono::microseconds{1},
              base + std::chrono::minutes{minute});
    if (!previous.empty() && key.identity != previous) ++changes;
    previous = key.identity;
    buckets.insert(key.identity);
  }
  EXPECT_EQ(changes, 24);
  EXPECT_EQ(buckets.size(), 25U);
}

TEST_F(GroupKeyTest, KeysOfABackfillEndWithItsName) {
  GroupKeys again(rules_, 7, "November");
  const GroupKeyPart name{std::string(kBackfillField), true, "november", "November"};
  EXPECT_EQ(key_of(again, 0, {{"host", "a"}}, &event_class_).parts.back(), name);
  EXPECT_EQ(key_of(again, 2, {{"host", "a"}}, &event_class_).parts.back(), name);
  std::vector<GroupKeyPart> parts;
  std::string identity;
  again.make_vendor("pack", "17", Event(), parts, identity);
  EXPECT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts.back(), name);
  keys_.make_vendor("pack", "17", Event(), parts, identity);
  EXPECT_EQ(parts.size(), 1U);
}

TEST_F(GroupKeyTest, ThePhaseDependsOnKeyAndSecretAndOnNothingElse) {
  const Timestamp time = at("1965-01-02T00:30:00Z");
  GroupKeys same(rules_, 7);
  GroupKeys other(rules_, 8);
  std::set<std::string> starts;
  int different = 0;
  for (int host = 0; host < 20; ++host) {
    const std::string name = "h" + std::to_string(host);
    const std::string start = key_of(keys_, 2, {{"host", name}}, nullptr, time).parts[1].shown;
    EXPECT_EQ(key_of(same, 2, {{"host", name}}, nullptr, time).parts[1].shown, start);
    if (key_of(other, 2, {{"host", name}}, nullptr, time).parts[1].shown != start) ++different;
    starts.insert(start);
  }
  EXPECT_EQ(starts.size(), 20U);
  EXPECT_EQ(different, 20);
}

}  // namespace
}  // namespace countersign
