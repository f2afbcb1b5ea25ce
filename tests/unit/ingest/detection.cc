// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/ingest/detection.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include <fmt/format.h>

#include "rules/loader.h"
#include "tests/unit/ingest/decoding.h"

namespace countersign::testing {

std::shared_ptr<const RuleSet> rules_of(const std::string& documents) {
  RuleLoad load = load_rule_text("rules.yml", documents);
  for (const Diagnostic& finding : load.findings) {
    if (finding.severity == Severity::Error) ADD_FAILURE() << to_string(finding);
  }
  return load.rules;
}

std::shared_ptr<const Plan> plan_of(const std::shared_ptr<const RuleSet>& rules) {
  auto plan = Plan::build(rules, shipped_packs()->event_classes(), {});
  if (!plan) throw std::runtime_error(plan.error().message);
  return *plan;
}

std::string rule_id(int number) { return fmt::format("00000000-0000-4000-8000-{:012}", number); }

std::string simple_rule(int number, const std::string& product, const std::string& selection,
                        const std::string& more) {
  return fmt::format(R"(---
title: Rule {0}
id: {1}
status: test
level: high
logsource: {{product: {2}}}
detection:
  selection:
    {3}
  condition: selection
{4})",
                     number, rule_id(number), product, selection, more);
}

}  // namespace countersign::testing
