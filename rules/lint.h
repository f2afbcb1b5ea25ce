// SPDX-License-Identifier: Apache-2.0
// What is sound in a rule and still costs too much, and what a rule is looked up by, in words. Pure; any
// thread.
#pragma once

#include <string>
#include <vector>

#include "rules/diagnostic.h"
#include "rules/plan/plan.h"
#include "rules/rule_cost.h"
#include "rules/rule_set.h"

namespace countersign {

/// A witness that shows in a larger share of the events of its log source tells too little …
inline constexpr double kWideWitnessShare = 0.01;
/// … but fewer events than these say nothing.
inline constexpr std::uint64_t kWideWitnessEventsMin = 1'000;

/// The witness of a rule: `Image ends with \rundll32.exe`, `always run: only negations`.
std::string witness_text(const WitnessTable& witnesses, const std::vector<FieldKey>& fields,
                         std::uint32_t rule);

/// Of how many events each rule was asked: those of its log source.
std::vector<std::uint64_t> events_of_rules(const Plan& plan, const RuleCosts& costs);

/// The rules that will never see an event: no class covers their log source. Indices into RuleSet::rules().
std::vector<std::uint32_t> rules_without_events(const RuleSet& rules,
                                                const std::vector<const EventClass*>& classes);
/// `logsource.no_events` for those of them whose log source looks misspelt, by file and line.
std::vector<Diagnostic> lint_log_sources(const RuleSet& rules, const std::vector<const EventClass*>& classes);

/// `rule.always_run`, by file and line.
std::vector<Diagnostic> lint(const RuleSet& rules);
/// The same and `rule.wide_witness`, from what was counted.
std::vector<Diagnostic> lint(const Plan& plan, const RuleCosts& costs);

}  // namespace countersign
