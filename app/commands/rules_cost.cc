// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>
#include <numeric>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/findings.h"
#include "app/loading.h"
#include "app/match_run.h"
#include "app/rule_options.h"
#include "app/terminal.h"
#include "core/json_text.h"
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
  CostTable(const Plan& plan, const RuleCosts& costs, const MatchTotals& totals)
      : plan_(plan), costs_(costs), totals_(totals), events_(events_of_rules(plan, costs)) {
    for (const RuleCost& cost : costs_.rules) time_ += cost.time;
    order_.resize(costs_.rules.size());
    std::iota(order_.begin(), order_.end(), 0U);
    std::stable_sort(order_.begin(), order_.end(), [this](std::uint32_t a, std::uint32_t b) {
      return costs_.rules[a].time > costs_.rules[b].time;
    });
  }

  void print(std::size_t top) const {
    std::cout << fmt::format("{} events, {} matches; {} rules were evaluated in {:.3f} s\n", totals_.events,
                             totals_.matches, evaluated(), std::chrono::duration<double>(time_).count());
    std::cout << " time  candidates  of events  evaluations     matches     ns each  rule\n";
    for (const std::uint32_t rule : shown(top)) {
      const RuleCost& cost = costs_.rules[rule];
      std::cout << printable(
          fmt::format("{:>4.1f}%  {:>10}  {:>8.2f}%  {:>11}  {:>10}  {:>10.0f}  {}  {}\n{:>69}{}\n",
                      time_share(rule) * 100, cost.candidates, ratio(cost.candidates, events_[rule]) * 100,
                      cost.evaluations, cost.matches, nanoseconds_each(cost), info(rule).id.value,
                      info(rule).title, "", witness(rule)));
    }
  }

  std::string json(std::size_t top, const std::vector<Diagnostic>& findings) const {
    std::string rules;
    for (const std::uint32_t rule : shown(top)) {
      const RuleCost& cost = costs_.rules[rule];
      rules += fmt::format(
          R"({}{{"rule_id":{},"title":{},"file":{},"line":{},"candidates":{},"events":{},"evaluations":{},)"
          R"("matches":{},"nanoseconds":{},"nanoseconds_each":{:.1f},"time_share":{:.6f},"always_run":{},)"
          R"("witness":{}}})",
          rules.empty() ? "" : ",", json_string(info(rule).id.value), json_string(info(rule).title),
          json_string(info(rule).file), info(rule).line, cost.candidates, events_[rule], cost.evaluations,
          cost.matches, cost.time.count(), nanoseconds_each(cost), time_share(rule),
          !plan_.witness_table().of_rules()[rule], json_string(witness(rule)));
    }
    return fmt::format(
        R"({{"events":{},"matches":{},"messages":{},"dead_letters":{},"nanoseconds":{},"rules":[{}],"findings":{}}})",
        totals_.events, totals_.matches, totals_.messages, totals_.dead_letters, time_.count(), rules,
        findings_json(findings));
  }

 private:
  const RuleInfo& info(std::uint32_t rule) const { return plan_.rules()->rules()[rule]; }
  std::string witness(std::uint32_t rule) const {
    return witness_text(plan_.witness_table(), plan_.fields(), rule);
  }
  double time_share(std::uint32_t rule) const {
    return time_.count() == 0
               ? 0
               : static_cast<double>(costs_.rules[rule].time.count()) / static_cast<double>(time_.count());
  }
  static double nanoseconds_each(const RuleCost& cost) {
    if (cost.evaluations == 0) return 0;
    return static_cast<double>(cost.time.count()) / static_cast<double>(cost.evaluations);
  }
  std::size_t evaluated() const {
    return static_cast<std::size_t>(
        std::count_if(costs_.rules.begin(), costs_.rules.end(),
                      [](const RuleCost& cost) { return cost.evaluations != 0; }));
  }
  /// Those that were ever a candidate, as many as are asked for.
  std::vector<std::uint32_t> shown(std::size_t top) const {
    std::vector<std::uint32_t> out;
    for (const std::uint32_t rule : order_)
      if (costs_.rules[rule].candidates != 0 && (top == 0 || out.size() < top)) out.push_back(rule);
    return out;
  }

  const Plan& plan_;
  const RuleCosts& costs_;
  const MatchTotals& totals_;
  std::vector<std::uint64_t> events_;  // by rule: of its log source
  std::vector<std::uint32_t> order_;   // by time
  std::chrono::nanoseconds time_{};    // of all rules
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
  const CostTable table(*detection->plan, costs, totals);
  const std::vector<Diagnostic> findings = lint(*detection->plan, costs);
  if (line.has("json")) {
    std::cout << table.json(*top, findings) << '\n';
  } else {
    table.print(*top);
    std::cout.flush();
    print_findings(findings);
  }
  return totals.all_read ? kExitOk : kExitFailed;
}

}  // namespace countersign
