// SPDX-License-Identifier: Apache-2.0
#include "app/demo_feed.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "app/demo_scenarios.h"
#include "tests/unit/app/shipped_detection.h"

namespace countersign::testing {
namespace {

using std::chrono::seconds;

const Timestamp kWednesdayMorning = *parse_rfc3339("2026-11-25T09:00:00Z");
constexpr std::size_t kQuietMessages = 100'000;
const Timestamp kSundayNight = *parse_rfc3339("2026-11-29T03:00:00Z");

struct Sent {
  std::vector<Timestamp> times;
  std::vector<std::string> messages;
};

Sent take(const DemoFeedOptions& options, std::size_t count) {
  DemoFeed feed(options);
  Sent sent;
  for (std::size_t i = 0; i < count; ++i) {
    Timestamp time{};
    sent.messages.push_back(feed.next(time));
    sent.times.push_back(time);
  }
  return sent;
}

DemoFeedOptions options(std::uint64_t seed, Timestamp start = kWednesdayMorning) {
  DemoFeedOptions out;
  out.seed = seed;
  out.start = start;
  return out;
}

TEST(DemoFeed, SameSeedGivesTheSameBytesAndTimes) {
  const Sent first = take(options(7), 5'000);
  const Sent second = take(options(7), 5'000);
  EXPECT_EQ(first.messages, second.messages);
  EXPECT_EQ(first.times, second.times);
}

TEST(DemoFeed, AnotherSeedGivesOtherBytes) {
  EXPECT_NE(take(options(7), 100).messages, take(options(8), 100).messages);
}

TEST(DemoFeed, TimesBeginAtTheStartAndNeverGoBack) {
  const Sent sent = take(options(3), 20'000);
  EXPECT_EQ(sent.times.front(), kWednesdayMorning);
  EXPECT_TRUE(std::is_sorted(sent.times.begin(), sent.times.end()));
}

TEST(DemoFeed, NoMessageHoldsALineEnd) {
  for (const std::string& message : take(options(4), 20'000).messages)
    ASSERT_EQ(message.find_first_of("\r\n"), std::string::npos) << message;
}

TEST(DemoFeed, RateIsAsAskedOnAWorkingDayAndAThirdAtNight) {
  const auto rate = [](Timestamp start) {
    DemoFeedOptions asked = options(5, start);
    asked.messages_per_second = 50;
    asked.attacks = false;
    const Sent sent = take(asked, 20'000);
    return 20'000 / std::chrono::duration<double>(sent.times.back() - sent.times.front()).count();
  };
  EXPECT_NEAR(rate(kWednesdayMorning), 50, 2);
  EXPECT_NEAR(rate(kSundayNight), 16.5, 1);
}

TEST(DemoFeed, EventsCarryTheTimeAtWhichTheyAreDue) {
  const Sent sent = take(options(6), 5'000);
  const std::vector<DetectedMessage> results =
      ShippedDetection::instance().run(sent.messages, sent.times.back());
  std::size_t events = 0;
  for (std::size_t i = 0; i < results.size(); ++i) {
    for (const DetectedEvent& event : results[i].events) {
      ++events;
      ASSERT_TRUE(event.own_time) << sent.messages[i];
      // Some formats have whole seconds only.
      ASSERT_LE(event.time, sent.times[i]) << sent.messages[i];
      ASSERT_LT(sent.times[i] - event.time, seconds(1)) << sent.messages[i];
    }
  }
  EXPECT_GT(events, 4'900U);
}

/// Rule id → how many events it matched.
std::map<std::string, std::size_t> matches_of(const std::vector<DetectedMessage>& results) {
  std::map<std::string, std::size_t> out;
  for (const DetectedMessage& message : results)
    for (const DetectedEvent& event : message.events)
      for (const std::string& rule : event.rules) ++out[rule];
  return out;
}

TEST(DemoFeed, EveryScenarioTriggersItsRulesAndNoOthers) {
  DemoCompany company(11);
  for (const DemoScenario& scenario : demo_scenarios()) {
    for (std::uint64_t incident = 0; incident < kDemoIncidents; ++incident) {
      SCOPED_TRACE(std::string(scenario.name) + " " + std::to_string(incident));
      std::vector<DemoMessage> played;
      scenario.play(company, incident, kWednesdayMorning, played);
      std::vector<std::string> messages;
      messages.reserve(played.size());
      for (const DemoMessage& message : played) messages.push_back(message.bytes);
      std::set<std::string> triggered;
      for (const auto& [rule, count] :
           matches_of(ShippedDetection::instance().run(messages, kWednesdayMorning)))
        triggered.insert(rule);
      EXPECT_EQ(triggered, std::set<std::string>(scenario.rules.begin(), scenario.rules.end()));
    }
  }
}

/// The rules that the scenarios say they trigger.
std::set<std::string> rules_of_scenarios() {
  std::set<std::string> out;
  for (const DemoScenario& scenario : demo_scenarios())
    out.insert(scenario.rules.begin(), scenario.rules.end());
  return out;
}

TEST(DemoFeed, ScenariosTogetherTriggerEveryStableRule) {
  const std::set<std::string> intended = rules_of_scenarios();
  std::set<std::string> shipped;
  for (const RuleInfo& rule : ShippedDetection::instance().rules().rules->rules()) {
    shipped.insert(rule.id.value);
    if (rule.status == RuleStatus::Stable) {
      EXPECT_TRUE(intended.contains(rule.id.value)) << rule.file;
    }
  }
  for (const std::string& rule : intended) EXPECT_TRUE(shipped.contains(rule)) << rule;
}

TEST(DemoFeed, FirstMinuteShowsEveryLevelAtAnyHour) {
  std::map<std::string, Level> levels;
  for (const RuleInfo& rule : ShippedDetection::instance().rules().rules->rules())
    levels[rule.id.value] = rule.level;
  for (const Timestamp start : {kWednesdayMorning, kSundayNight}) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      const Sent sent = take(options(seed, start), 3'000);
      const auto end = std::upper_bound(sent.times.begin(), sent.times.end(), start + seconds(60));
      ASSERT_NE(end, sent.times.end());
      const std::vector<std::string> first(sent.messages.begin(),
                                           sent.messages.begin() + (end - sent.times.begin()));
      std::set<Level> seen;
      const auto matches = matches_of(ShippedDetection::instance().run(first, start));
      for (const auto& [rule, count] : matches) seen.insert(levels.at(rule));
      EXPECT_GE(matches.size(), 20U) << "seed " << seed;
      EXPECT_EQ(seen.size(), 5U) << "seed " << seed;
    }
  }
}

TEST(DemoFeed, ScenariosComeBackToTheSamePlaces) {
  const Sent sent = take(options(9), 30'000);  // about 25 minutes
  const auto matches = matches_of(ShippedDetection::instance().run(sent.messages, sent.times.back()));
  EXPECT_EQ(matches.size(), rules_of_scenarios().size());
  for (const auto& [rule, count] : matches) EXPECT_GE(count, 3U) << rule;
}

TEST(DemoFeed, QuietDayMatchesNothingAndOneMessageInAThousandIsBroken) {
  DemoFeedOptions asked = options(12);
  asked.attacks = false;
  const Sent sent = take(asked, kQuietMessages);
  const std::vector<DetectedMessage> results =
      ShippedDetection::instance().run(sent.messages, sent.times.back());
  std::map<std::string, std::size_t> reasons;
  std::size_t broken = 0;
  for (std::size_t i = 0; i < results.size(); ++i) {
    broken += results[i].dead_letters.empty() ? 0 : 1;
    for (const std::string& reason : results[i].dead_letters) ++reasons[reason];
    ASSERT_EQ(results[i].events.size() + results[i].dead_letters.size(), 1U) << sent.messages[i];
    for (const DetectedEvent& event : results[i].events) {
      ASSERT_TRUE(event.log_source) << sent.messages[i];
      ASSERT_TRUE(event.rules.empty()) << event.rules.front() << " matches " << sent.messages[i];
    }
  }
  EXPECT_GE(broken, kQuietMessages / 1'000 * 7 / 10);
  EXPECT_LE(broken, kQuietMessages / 1'000 * 13 / 10);
  EXPECT_GE(reasons.size(), 4U) << "broken in fewer ways than expected";
}

}  // namespace
}  // namespace countersign::testing
