// SPDX-License-Identifier: Apache-2.0
// The events that stand beside a rule and say what it should make of them (docs/rule-authors.md, "Test
// events"): one JSON object a line, {"expect": "match"|"no_match", "why": text, "message": text or object}
// and, where a file has several rules, "rule": id or title. Blank lines are passed over. Any thread; reads
// files.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace countersign {

struct RuleTestEvent {
  std::size_t line = 0;  // from 1
  bool match = false;
  std::string why;
  std::string message;  // as it arrives
  std::string rule;     // empty: any rule of the file
};

/// A line that is no test event.
struct RuleTestProblem {
  std::size_t line = 0;
  std::string message;
};

struct RuleTestFile {
  std::vector<RuleTestEvent> events;
  std::vector<RuleTestProblem> problems;
};

/// `vpn.yml` → `vpn.tests.ndjson`.
std::filesystem::path rule_tests_path(const std::filesystem::path& rule_file);

RuleTestFile parse_rule_tests(std::string_view text);
/// Errors: NotFound (no such file), Unavailable (cannot be read).
Result<RuleTestFile> read_rule_tests(const std::filesystem::path& path);

}  // namespace countersign
