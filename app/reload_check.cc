// SPDX-License-Identifier: Apache-2.0
#include "app/reload_check.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "app/rule_test_run.h"

namespace countersign {
namespace {

/// The first error of each file.
std::map<std::string, const Diagnostic*> errors_by_file(const Detection& detection) {
  std::map<std::string, const Diagnostic*> out;
  for (const Diagnostic& finding : detection.findings)
    if (finding.severity == Severity::Error) out.emplace(finding.file, &finding);
  return out;
}

const RuleInfo* find_rule(const Detection& detection, const RuleId& id) {
  const std::vector<RuleInfo>& rules = detection.rules->rules();
  const auto found =
      std::lower_bound(rules.begin(), rules.end(), id,
                       [](const RuleInfo& rule, const RuleId& wanted) { return rule.id < wanted; });
  return found != rules.end() && found->id == id ? &*found : nullptr;
}

}  // namespace

std::vector<std::string> losses(const Detection& now, const FileStamps& files, const Detection& next) {
  std::vector<std::string> out;
  if (next.rules->rules().empty() && !now.rules->rules().empty())
    out.push_back(fmt::format("no rule is left of {}", now.rules->rules().size()));
  const auto before = errors_by_file(now);
  const auto after = errors_by_file(next);
  std::set<std::string> broken;
  for (const auto& [file, error] : after) {
    if (!files.contains(file) || before.contains(file)) continue;
    broken.insert(file);
    out.push_back(to_string(*error));
  }
  for (const RuleInfo& rule : now.rules->rules()) {
    const auto error = after.find(rule.file);
    if (error == after.end() || broken.contains(rule.file) || find_rule(next, rule.id) != nullptr) continue;
    out.push_back(
        fmt::format("rule {} `{}` would be lost: {}", rule.id.value, rule.title, to_string(*error->second)));
  }
  return out;
}

std::vector<std::string> failed_tests(const Detection& now, const Detection& next, const Clock& clock) {
  const bool all = now.packs->hash() != next.packs->hash();
  std::vector<std::uint32_t> changed;
  for (std::uint32_t i = 0; i < next.rules->rules().size(); ++i) {
    const RuleInfo& rule = next.rules->rules()[i];
    const RuleInfo* known = all ? nullptr : find_rule(now, rule.id);
    if (known == nullptr || known->content != rule.content) changed.push_back(i);
  }
  std::vector<std::string> out;
  for (const RuleTestFailure& failure : run_rule_tests(next, changed, clock).failures)
    out.push_back(fmt::format("{}:{}: `{}`: {}", failure.file, failure.line, failure.rule, failure.problem));
  std::vector<PackTest> tests;
  const auto& before = now.packs->manifest().packs;
  const auto& after = next.packs->manifest().packs;
  for (const PackTest& test : next.pack_tests) {
    const auto known = before.find(test.pack);
    if (known == before.end() || known->second != after.at(test.pack)) tests.push_back(test);
  }
  for (const PackTestFailure& failure : run_pack_tests(next.packs, tests))
    out.push_back(fmt::format("{}:{}: `{}`: {}", failure.test->file, failure.test->where.line,
                              failure.test->name, failure.what));
  return out;
}

}  // namespace countersign
