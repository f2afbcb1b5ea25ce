// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/findings.h"
#include "app/rule_options.h"
#include "app/rule_test_run.h"
#include "app/terminal.h"
#include "core/json_text.h"

namespace countersign {
namespace {

CommandLine described() {
  CommandLine line("rules test [PATH]… [--rules PATH]… [--packs PATH]… [--values FILE] [--lenient] [--json]",
                   "Runs the events that stand beside rules (x.tests.ndjson beside x.yml) through packs and "
                   "rules. PATH, a file or folder of rules, says which rules are tested; without one, all "
                   "that are loaded.");
  line.positional("PATH", 0, 10'000)
      .list("rules", "PATH",
            "file or folder of rules to load; default: those to be tested, or the shipped library")
      .list("packs", "PATH", "file or folder of mapping packs; default: the shipped packs")
      .flag("json", "print JSON");
  add_rule_options(line);
  add_status_options(line);
  return line;
}

/// The rules whose files lie at or below one of the paths.
std::vector<std::uint32_t> rules_below(const std::vector<RuleInfo>& rules,
                                       const std::vector<std::string>& paths) {
  const auto real = [](const std::string& path) {
    std::error_code error;
    return std::filesystem::weakly_canonical(path, error);
  };
  std::vector<std::filesystem::path> roots;
  for (const std::string& path : paths) roots.push_back(real(path));
  std::vector<std::uint32_t> out;
  for (std::uint32_t i = 0; i < rules.size(); ++i) {
    const std::filesystem::path file = real(rules[i].file);
    const auto holds = [&](const std::filesystem::path& root) {
      return std::mismatch(root.begin(), root.end(), file.begin(), file.end()).first == root.end();
    };
    if (roots.empty() || std::any_of(roots.begin(), roots.end(), holds)) out.push_back(i);
  }
  return out;
}

void print_text(const RuleTestTotals& totals, const Detection& detection) {
  for (const std::uint32_t index : totals.untested) {
    const RuleInfo& rule = detection.rules->rules()[index];
    std::cerr << printable(fmt::format("{}:{}: no tests: {}", rule.file, rule.line, rule.title)) << '\n';
  }
  for (const RuleTestFailure& failed : totals.failures) {
    const std::string why = failed.why.empty() ? "" : fmt::format(" ({})", failed.why);
    std::cerr << printable(fmt::format("{}:{}: {}: {}{}", failed.file, failed.line, failed.rule,
                                       failed.problem, why))
              << '\n';
  }
  std::cout << fmt::format("{} rules, {} without tests; {} events: {} passed, {} failed\n", totals.rules,
                           totals.untested.size(), totals.events, totals.passed, totals.failures.size());
}

void print_json(const RuleTestTotals& totals, const Detection& detection) {
  std::string untested;
  for (const std::uint32_t index : totals.untested) {
    const RuleInfo& rule = detection.rules->rules()[index];
    untested +=
        fmt::format(R"({}{{"file":{},"line":{},"rule_id":{},"title":{}}})", untested.empty() ? "" : ",",
                    json_string(rule.file), rule.line, json_string(rule.id.value), json_string(rule.title));
  }
  std::string failures;
  for (const RuleTestFailure& failed : totals.failures) {
    failures +=
        fmt::format(R"({}{{"file":{},"line":{},"rule":{},"expect":{},"why":{},"problem":{}}})",
                    failures.empty() ? "" : ",", json_string(failed.file), failed.line,
                    json_string(failed.rule), failed.expect.empty() ? "null" : json_string(failed.expect),
                    json_string(failed.why), json_string(failed.problem));
  }
  std::cout << fmt::format(R"({{"rules":{},"refused":{},"events":{},"passed":{},"failed":{},"untested":[{}],)"
                           R"("failures":[{}]}})",
                           totals.rules, detection.counts.refused, totals.events, totals.passed,
                           totals.failures.size(), untested, failures)
            << '\n';
}

}  // namespace

int run_rules_test(const Arguments& arguments) {
  CommandLine line = described();
  if (const auto code = line.parse(arguments)) return *code;
  const Result<Detection> detection =
      load_detection_sets(detection_paths(line, line.has("rules") ? "rules" : "PATH"));
  if (!detection) return report_error(detection.error());
  print_refusals(detection->counts);
  const std::vector<std::uint32_t> rules = rules_below(detection->rules->rules(), line.all("PATH"));
  const SystemClock clock;
  const RuleTestTotals totals = run_rule_tests(*detection, rules, clock);
  if (line.has("json")) {
    print_json(totals, *detection);
  } else {
    print_text(totals, *detection);
  }
  if (!totals.failures.empty() || detection->counts.refused > 0) return kExitFailed;
  if (totals.events > 0) return kExitOk;
  std::cerr << "countersign: no rule here has tests\n";
  return kExitNotFound;
}

}  // namespace countersign
