// SPDX-License-Identifier: Apache-2.0
// `countersign rules test`: the events that stand beside rules, through the packs and the plan as `match`
// runs them. One call at a time; reads files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/loading.h"
#include "core/clock.h"

namespace countersign {

/// A test event that does not show what it says, or a line that is none.
struct RuleTestFailure {
  std::string file;  // of the test events
  std::size_t line = 0;
  std::string rule;     // title of the rule, or the rule's file when it has several
  std::string expect;   // match, no_match; empty: the line is no test event
  std::string why;      // what its author says that it shows
  std::string problem;  // a sentence without subject: "does not match"
};

struct RuleTestTotals {
  std::size_t rules = 0;
  std::size_t events = 0;  // lines, also those that are no test events
  std::size_t passed = 0;
  std::vector<std::uint32_t> untested;    // indices into RuleSet::rules()
  std::vector<RuleTestFailure> failures;  // by file, line
};

/// Tests the rules named, indices into RuleSet::rules(). `clock` is the time of arrival.
RuleTestTotals run_rule_tests(const Detection& detection, const std::vector<std::uint32_t>& rules,
                              const Clock& clock);

}  // namespace countersign
