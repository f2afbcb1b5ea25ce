// SPDX-License-Identifier: Apache-2.0
// Whatever bytes come as a rule file, loading ends, the books balance, and what was loaded can be matched.
// The seed is printed; set COUNTERSIGN_SEED to repeat a run.
#include <cstdlib>
#include <iostream>
#include <random>

#include <gtest/gtest.h>

#include "tests/unit/rules/rule_testing.h"

namespace countersign::testing {
namespace {

std::uint64_t make_seed() {
  const char* given = std::getenv("COUNTERSIGN_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "COUNTERSIGN_SEED=" << seed << "\n";
  return seed;
}

constexpr std::string_view kRule = R"(title: A rule with much in it
id: 8b9a2b1e-0000-4000-8000-000000000001
status: test
level: high
related:
    - id: 8b9a2b1e-0000-4000-8000-000000000002
      type: derived
logsource: {product: windows, category: test}
countersign: {group_by: [host], group_window: 1h}
detection:
    selection_img:
        - f|endswith: '\a.exe'
        - g: "b\\*.exe"
    selection_cmd:
        f|windash|contains|all: [' -enc ', '/c', &anchor 'x?']
        g|re|i: '^(ab|c)+$'
        h|cidr: ['10.0.0.0/8', 'fe80::/10']
        i|base64offset|contains: 'http://'
        j|gte: 5
        k: [1, 1.5, true, null, '', *anchor]
        l|hour|lt: 6
        m|fieldref: f
        n|exists: false
    keywords: ['abc*def', 17]
    condition: (selection_img or all of selection_*) and not 1 of key* or keywords
---
title: C
level: low
correlation:
    type: value_count
    rules: [8b9a2b1e-0000-4000-8000-000000000001]
    group-by: [f]
    timespan: 5m
    condition: {field: g, gte: 3}
---
title: F
logsource: {category: test}
filter:
    rules: [8b9a2b1e-0000-4000-8000-000000000001]
    users: {u|expand: ['%Admins%', root]}
    condition: not 1 of users*
)";

LoadOptions options(bool lenient) {
  LoadOptions out;
  out.lenient = lenient;
  out.values.lists = {{"Admins", {"alice", "bob*"}}, {"x", {"\\", "%x%"}}};
  return out;
}

void load_and_match(const std::string& document, bool lenient) {
  const RuleLoad load = load_rule_text("fuzz.yml", document, options(lenient));
  ASSERT_EQ(load.documents, load.loaded + load.refused + load.skipped);
  std::size_t errors = 0;
  for (const Diagnostic& finding : load.findings) errors += finding.severity == Severity::Error ? 1U : 0U;
  ASSERT_EQ(load.refused > 0, errors > 0);
  Event event;
  fill(event, {{"f", text("C:\\x\\a.exe /enc ")},
               {"g", text("ABC")},
               {"h", text("10.1.1.1")},
               {"j", number("7")},
               {"k", null()},
               {"l", text("2024-01-01T00:00:00Z")},
               {"\xC3", text("\xFF\xC3\x28 not utf-8 \xF0\x9F")}});
  (void)match_both(load.rules, event);
}

TEST(RuleRobustness, TheStartingPointIsAGoodRule) {
  const RuleLoad load = load_rule_text("fuzz.yml", kRule, options(false));
  EXPECT_EQ(load.loaded, 3U);
  EXPECT_EQ(load.rules->rules().at(0).filters.size(), 1U);
  for (const Diagnostic& finding : load.findings)
    EXPECT_EQ(finding.severity, Severity::Warning) << to_string(finding);
}

TEST(RuleRobustness, MutatedRulesNeverBreakTheLoader) {
  std::mt19937_64 random(make_seed());
  const auto pick = [&](std::size_t below) { return static_cast<std::size_t>(random() % below); };
  constexpr std::string_view kPieces[] = {
      "|",      ":",    "- ",   "'",     "\"",      "[",     "]",        "{",       "}",   "&a ",      "*a",
      "!!str ", "%x%",  "\\",   "*",     "?",       "\n",    "\n---\n",  "\n...\n", "\t",  "#",        ">",
      "|\n",    "null", "~",    " and ", " or ",    " not ", "1 of ",    "(",       ")",   "\xC3\xBC", "\xFF",
      "<<: ",   "all",  "|all", "|re",   "|base64", "|wide", "|windash", "|expand", "|lt", "|exists"};
  constexpr std::string_view kActions[] = {"global", "repeat", "reset"};
  for (int round = 0; round < 3'000; ++round) {
    std::string text(kRule);
    for (std::size_t i = 1 + pick(6); i > 0; --i) {
      const std::size_t at = pick(text.size());
      switch (pick(5)) {
        case 0: text.insert(at, kPieces[pick(std::size(kPieces))]); break;
        case 1: text.erase(at, 1 + pick(12)); break;
        case 2: text[at] = static_cast<char>(pick(256)); break;
        case 3: text.insert(at, text.substr(pick(text.size()), pick(60))); break;
        case 4:
          text.insert(at, "\n---\naction: " + std::string(kActions[pick(std::size(kActions))]) + "\n");
          break;
        default: break;
      }
    }
    load_and_match(text, round % 2 == 1);
    if (::testing::Test::HasFatalFailure()) {
      std::cout << text << "\n";
      return;
    }
  }
}

TEST(RuleRobustness, RandomBytesNeverBreakTheLoader) {
  std::mt19937_64 random(make_seed());
  constexpr std::string_view kAlphabet = "ab:-|>&*!%#'\"[]{},?\\ \n\t~<=.0\xC3\xBC";
  for (int round = 0; round < 5'000; ++round) {
    std::string text;
    const bool any_byte = random() % 4 == 0;
    for (std::size_t i = random() % 200; i > 0; --i)
      text += any_byte ? static_cast<char>(random()) : kAlphabet[random() % kAlphabet.size()];
    load_and_match(text, round % 2 == 1);
    if (::testing::Test::HasFatalFailure()) {
      std::cout << text << "\n";
      return;
    }
  }
}

}  // namespace
}  // namespace countersign::testing
