// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/findings.h"
#include "app/loading.h"
#include "app/match_run.h"
#include "app/rule_options.h"
#include "app/terminal.h"
#include "core/json_text.h"
#include "rules/cost_rows.h"
#include "rules/lint.h"

namespace countersign {
namespace {

CommandLine described() {
  CommandLine line(
      "rules cost [--rules PATH]… [--packs PATH]… [--values FILE] [--lenient] [--top N] [--json] FILE|-…",
      "Runs rules over event files and says what each rule costs: how often it was looked at "
      "and why, how often "
      "it was evaluated, and its time. The rules that cost most come first; at the end those "
      "that are looked at "
      "too often.");
  line.list("rules", "PATH", "file or folder of Sigma rules; default: the shipped library")
      .list("packs", "PATH", "file or folder of mapping packs; default: the shipped packs");
  add_rule_options(line);
  line.value("top", "N", "only the N rules that took most time; 0 is all; default 20")
      .flag("json", "print one JSON object")
      .positional("FILE", 1, 1'000'000);
  add_status_options(line);
  return line;
}

double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

class CostTable {
 public:
  CostTable(const Plan& plan, const RuleCosts& costs, const MatchTotals& totals, std::size_t top)
      : plan_(plan), costs_(costs), totals_(totals), rows_(cost_rows(plan, costs, top)) {}

  void print() const {
    std::cout << fmt::format("{} events, {} matches; {} rules were evaluated in {:.3f} s\n", totals_.events,
                             totals_.matches, evaluated(),
                             std::chrono::duration<double>(total_time(costs_)).count());
    std::cout << " time  candidates  of events  evaluations     matches     ns each  rule\n";
    for (const RuleCostRow& row : rows_) {
      std::cout << printable(
          fmt::format("{:>4.1f}%  {:>10}  {:>8.2f}%  {:>11}  {:>10}  {:>10.0f}  {}  {}\n{:>69}{}\n",
                      row.time_share * 100, row.cost.candidates, ratio(row.cost.candidates, row.events) * 100,
                      row.cost.evaluations, row.cost.matches, nanoseconds_each(row.cost), info(row).id.value,
                      info(row).title, "", row.witness));
    }
  }

  std::string json(const std::vector<Diagnostic>& findings) const {
    std::string rules;
    for (const RuleCostRow& row : rows_) {
      rules += fmt::format(
          R"({}{{"rule_id":{},"title":{},"file":{},"line":{},"candidates":{},"events":{},"evaluations":{},)"
          R"("matches":{},"nanoseconds":{},"nanoseconds_each":{:.1f},"time_share":{:.6f},"always_run":{},)"
          R"("witness":{}}})",
          rules.empty() ? "" : ",", json_string(info(row).id.value), json_string(info(row).title),
          json_string(info(row).file), info(row).line, row.cost.candidates, row.events, row.cost.evaluations,
          row.cost.matches, row.cost.time.count(), nanoseconds_each(row.cost), row.time_share, row.always_run,
          json_string(row.witness));
    }
    return fmt::format(
        R"({{"events":{},"matches":{},"messages":{},"dead_letters":{},"nanoseconds":{},"rules":[{}],"findings":{}}})",
        totals_.events, totals_.matches, totals_.messages, totals_.dead_letters, total_time(costs_).count(),
        rules, findings_json(findings));
  }

 private:
  const RuleInfo& info(const RuleCostRow& row) const { return plan_.rules()->rules()[row.rule]; }
  static double nanoseconds_each(const RuleCost& cost) {
    if (cost.evaluations == 0) return 0;
    return static_cast<double>(cost.time.count()) / static_cast<double>(cost.evaluations);
  }
  std::size_t evaluated() const {
    return static_cast<std::size_t>(
        std::count_if(costs_.rules.begin(), costs_.rules.end(),
                      [](const RuleCost& cost) { return cost.evaluations != 0; }));
  }

  const Plan& plan_;
  const RuleCosts& costs_;
  const MatchTotals& totals_;
  std::vector<RuleCostRow> rows_;
};

}  // namespace

int run_rules_cost(const Arguments& arguments) {
  CommandLine line = described();
  if (const auto code = line.parse(arguments)) return *code;
  const Result<std::uint64_t> top = line.number("top", 20, 0, 1'000'000);
  if (!top) return report_error(top.error());
  const Result<Detection> detection = load_detection_sets(detection_paths(line, "rules"));
  if (!detection) return report_error(detection.error());
  print_refusals(detection->counts);

  MatchRunOptions options;
  options.files = line.all("FILE");
  options.lines = false;
  options.detector.digest = false;
  RuleCosts costs;
  const SystemClock clock;
  const MatchTotals totals =
      run_match_files(detection->plan, detection->packs, options, clock,
                      {[](std::string_view) { return true; },
                       [](const std::string& what) { std::cerr << "countersign: " << what << '\n'; },
                       [&costs](const RuleCosts& more) { costs.add(more); }});
  const CostTable table(*detection->plan, costs, totals, *top);
  const std::vector<Diagnostic> findings = lint(*detection->plan, costs);
  if (line.has("json")) {
    std::cout << table.json(findings) << '\n';
  } else {
    table.print();
    std::cout.flush();
    print_findings(findings);
  }
  return totals.all_read ? kExitOk : kExitFailed;
}

}  // namespace countersign
