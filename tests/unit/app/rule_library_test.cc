// SPDX-License-Identifier: Apache-2.0
// Each rule that ships against the events beside it (docs/rule-authors.md, "Test events").
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "ingest/rule_tests.h"
#include "tests/unit/app/shipped_detection.h"

namespace countersign::testing {
namespace {

const Timestamp kNoon = *parse_rfc3339("2026-11-25T12:00:00Z");
constexpr std::string_view kTestsSuffix = ".tests.ndjson";

struct TestEvent : RuleTestEvent {
  std::string file;
};

/// Path of the rule file → its test events.
std::map<std::string, std::vector<TestEvent>> test_events() {
  std::map<std::string, std::vector<TestEvent>> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(library_folder())) {
    const std::string path = entry.path().string();
    if (!path.ends_with(kTestsSuffix)) continue;
    std::vector<TestEvent>& events = out[path.substr(0, path.size() - kTestsSuffix.size()) + ".yml"];
    const Result<RuleTestFile> file = read_rule_tests(path);
    EXPECT_TRUE(file.has_value()) << path;
    if (!file) continue;
    for (const RuleTestProblem& problem : file->problems)
      ADD_FAILURE() << path << ':' << problem.line << ": " << problem.message;
    for (const RuleTestEvent& event : file->events) events.push_back({event, path});
  }
  return out;
}

TEST(RuleLibrary, LoadsWithoutAFinding) {
  const RuleLoad& load = ShippedDetection::instance().rules();
  for (const Diagnostic& finding : load.findings) ADD_FAILURE() << to_string(finding);
  EXPECT_GE(load.loaded, 44U);
  EXPECT_EQ(load.loaded, load.documents);
  EXPECT_EQ(load.loaded, load.rules->rules().size());
}

TEST(RuleLibrary, ShippedPacksLoadWithoutAFinding) {
  const PackLoad& load = ShippedDetection::instance().packs();
  for (const Diagnostic& finding : load.findings) ADD_FAILURE() << to_string(finding);
  EXPECT_EQ(load.refused, 0U);
}

TEST(RuleLibrary, EveryRuleSaysWhoWroteItAndWhatItIsFor) {
  for (const RuleInfo& rule : ShippedDetection::instance().rules().rules->rules()) {
    SCOPED_TRACE(rule.file);
    EXPECT_EQ(rule.author, "Countersign");
    EXPECT_TRUE(rule.status == RuleStatus::Stable || rule.status == RuleStatus::Test);
    EXPECT_FALSE(rule.description.empty());
    EXPECT_FALSE(rule.references.empty());
    EXPECT_TRUE(std::any_of(rule.tags.begin(), rule.tags.end(),
                            [](const std::string& tag) { return tag.starts_with("attack."); }));
    ASSERT_EQ(rule.id.value.size(), 36U);
    EXPECT_EQ(rule.id.value[14], '4') << "not a UUID of version 4";
  }
}

TEST(RuleLibrary, EveryRuleHasTwoEventsOfEachKind) {
  const std::map<std::string, std::vector<TestEvent>> all = test_events();
  std::set<std::string> files;
  for (const RuleInfo& rule : ShippedDetection::instance().rules().rules->rules()) {
    files.insert(rule.file);
    const auto found = all.find(rule.file);
    ASSERT_NE(found, all.end()) << rule.file << " has no " << kTestsSuffix;
    std::size_t matches = 0;
    for (const TestEvent& event : found->second) {
      matches += event.match ? 1 : 0;
      EXPECT_FALSE(event.why.empty()) << event.file << ':' << event.line;
    }
    EXPECT_GE(matches, 2U) << rule.file;
    EXPECT_GE(found->second.size() - matches, 2U) << rule.file;
  }
  for (const auto& [rule_file, events] : all)
    EXPECT_TRUE(files.contains(rule_file)) << "test events without a rule: " << rule_file;
}

TEST(RuleLibrary, TestEventsMatchExactlyAsTheySay) {
  const ShippedDetection& shipped = ShippedDetection::instance();
  const std::map<std::string, std::vector<TestEvent>> all = test_events();
  for (const RuleInfo& rule : shipped.rules().rules->rules()) {
    const auto found = all.find(rule.file);
    ASSERT_NE(found, all.end()) << rule.file;
    std::vector<std::string> messages;
    for (const TestEvent& event : found->second) messages.push_back(event.message);
    const std::vector<DetectedMessage> results = shipped.run(messages, kNoon);
    for (std::size_t i = 0; i < results.size(); ++i) {
      const TestEvent& test = found->second[i];
      SCOPED_TRACE(test.file + ":" + std::to_string(test.line) + ": " + test.why);
      // An event that cannot be read or has no log source would be a hollow "no match".
      EXPECT_TRUE(results[i].dead_letters.empty());
      ASSERT_EQ(results[i].events.size(), 1U);
      const DetectedEvent& event = results[i].events.front();
      EXPECT_TRUE(event.log_source) << "no pack knows this event";
      EXPECT_TRUE(event.own_time) << "the time of the event was not read";
      const bool matched =
          std::find(event.rules.begin(), event.rules.end(), rule.id.value) != event.rules.end();
      EXPECT_EQ(matched, test.match);
    }
  }
}

}  // namespace
}  // namespace countersign::testing
