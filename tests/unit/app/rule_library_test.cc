// SPDX-License-Identifier: Apache-2.0
// Each rule that ships against the events beside it (docs/rule-authors.md, "Test events").
#include <fstream>
#include <map>
#include <set>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "tests/unit/app/shipped_detection.h"

namespace countersign::testing {
namespace {

const Timestamp kNoon = *parse_rfc3339("2026-11-25T12:00:00Z");
constexpr std::string_view kTestsSuffix = ".tests.ndjson";

struct TestEvent {
  std::string file;
  int line = 0;
  bool match = false;
  std::string why;
  std::string message;
};

std::string text_of(const simdjson::dom::element& object, std::string_view key) {
  std::string_view text;
  EXPECT_EQ(object[key].get_string().get(text), simdjson::SUCCESS) << "no text `" << key << '`';
  return std::string(text);
}

TestEvent parse_test_event(const std::string& file, int line, const std::string& text) {
  SCOPED_TRACE(file + ":" + std::to_string(line));
  TestEvent out{file, line, false, "", ""};
  simdjson::dom::parser parser;
  simdjson::dom::element row;
  const simdjson::error_code error = parser.parse(text).get(row);
  EXPECT_EQ(error, simdjson::SUCCESS) << simdjson::error_message(error);
  if (error != simdjson::SUCCESS) return out;
  const std::string expect = text_of(row, "expect");
  EXPECT_TRUE(expect == "match" || expect == "no_match") << expect;
  out.match = expect == "match";
  out.why = text_of(row, "why");
  simdjson::dom::element message;
  EXPECT_EQ(row["message"].get(message), simdjson::SUCCESS) << "no `message`";
  std::string_view line_text;
  out.message = message.get_string().get(line_text) == simdjson::SUCCESS ? std::string(line_text)
                                                                         : simdjson::minify(message);
  return out;
}

/// Path of the rule file → its test events.
std::map<std::string, std::vector<TestEvent>> test_events() {
  std::map<std::string, std::vector<TestEvent>> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(library_folder())) {
    const std::string path = entry.path().string();
    if (!path.ends_with(kTestsSuffix)) continue;
    std::vector<TestEvent>& events = out[path.substr(0, path.size() - kTestsSuffix.size()) + ".yml"];
    std::ifstream file(path);
    int line = 0;
    for (std::string text; std::getline(file, text);) events.push_back(parse_test_event(path, ++line, text));
  }
  return out;
}

TEST(RuleLibrary, LoadsWithoutAFinding) {
  const RuleLoad& load = ShippedDetection::instance().rules();
  for (const Diagnostic& finding : load.findings) ADD_FAILURE() << to_string(finding);
  EXPECT_GE(load.loaded, 14U);
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
