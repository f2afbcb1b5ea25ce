// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/explain_run.h"
#include "app/explanation_text.h"
#include "app/findings.h"
#include "app/loading.h"
#include "app/rule_options.h"
#include "app/terminal.h"
#include "core/json_text.h"
#include "rules/explanation_json.h"

namespace countersign {
namespace {

CommandLine described() {
  CommandLine line(
      "rules explain RULE FILE|- [--line N] [--rules PATH]… [--packs PATH]… [--values FILE] [--lenient] "
      "[--json]",
      "Says for each event of a file whether a rule matches it, and why or why not: every test of the rule "
      "with what the event holds. RULE is an id, a title or a rule file. FILE may also be a file of test "
      "events (x.tests.ndjson). Exit code 3: no event matches.");
  line.positional("RULE FILE", 2, 2)
      .value("line", "N", "only the events that begin in this line of the file")
      .list("rules", "PATH",
            "file or folder of rules; default: RULE when it is a file, or the shipped library")
      .list("packs", "PATH", "file or folder of mapping packs; default: the shipped packs")
      .flag("json", "print one JSON object an event");
  add_rule_options(line);
  return line;
}

bool is_file(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error);
}

Result<Detection> load(const CommandLine& line, const std::string& rule) {
  DetectionPaths paths = detection_paths(line, "rules");
  paths.include_deprecated = paths.include_unsupported = true;
  if (paths.rules.empty() && is_file(rule)) paths.rules.emplace_back(rule);
  return load_detection_sets(paths);
}

bool is_same_file(const std::string& a, const std::string& b) {
  std::error_code error;
  return std::filesystem::equivalent(a, b, error);
}

/// The rules that `name` names.
std::vector<std::uint32_t> find_rules(const std::vector<RuleInfo>& rules, const std::string& name) {
  const bool file = is_file(name);
  std::vector<std::uint32_t> out;
  for (std::uint32_t i = 0; i < rules.size(); ++i) {
    const bool named = rules[i].id.value == name || rules[i].title == name;
    if (named || (file && is_same_file(rules[i].file, name))) out.push_back(i);
  }
  return out;
}

/// Says why there is no such rule: it is refused, or nothing is called so.
int report_missing(const Detection& detection, const std::string& name) {
  std::vector<Diagnostic> errors;
  for (const Diagnostic& finding : detection.findings)
    if (finding.severity == Severity::Error && is_same_file(finding.file, name)) errors.push_back(finding);
  print_findings(errors);
  if (!errors.empty()) {
    std::cerr << printable(fmt::format("countersign: the rule in {} is refused\n", name));
    return kExitFailed;
  }
  std::vector<std::string> titles;
  for (const RuleInfo& rule : detection.rules->rules()) titles.push_back(rule.title);
  const std::string meant = suggestion(name, titles);
  std::cerr << printable(fmt::format("countersign: no rule has the id, title or file {}{}\n", name,
                                     meant.empty() ? "" : fmt::format("; did you mean {}?", meant)));
  print_refusals(detection.counts);
  return kExitNotFound;
}

class Printer {
 public:
  Printer(const Detection& detection, std::vector<std::uint32_t> rules, std::string file, bool json)
      : rules_(detection.rules->rules()),
        explainer_(detection.rules),
        chosen_(std::move(rules)),
        file_(std::move(file)),
        json_(json) {}

  void event(std::uint64_t line, std::uint32_t index, const Event& event) {
    ++events_;
    for (const std::uint32_t rule : chosen_) {
      const Explanation explanation = explainer_.explain(rule, event);
      matched_ = matched_ || explanation.matches;
      print(line, index, rules_[rule], explanation);
    }
  }

  void dead_letter(std::uint64_t line, const DeadLetter& letter) {
    ++dead_letters_;
    if (json_) {
      std::cout << fmt::format(R"({{"file":{},"line":{},"dead_letter":{},"message":{}}})", json_string(file_),
                               line, json_string(letter.reason), json_string(letter.message))
                << '\n';
    } else {
      std::cout << printable(fmt::format("{}:{}: dead letter, no rule sees it: {}: {}", file_, line,
                                         letter.reason, letter.message))
                << '\n';
    }
  }

  /// The exit code, after a word on what there was not.
  int end(std::uint64_t line) const {
    if (events_ + dead_letters_ == 0) {
      std::cerr << printable(
          line == 0 ? fmt::format("countersign: {} has no events\n", file_)
                    : fmt::format("countersign: no event begins in line {} of {}\n", line, file_));
    }
    return matched_ ? kExitOk : kExitNotFound;
  }

 private:
  void print(std::uint64_t line, std::uint32_t index, const RuleInfo& rule, const Explanation& explanation) {
    if (json_) {
      std::cout << fmt::format(R"({{"file":{},"line":{},"index":{},"rule_id":{},"title":{},{}}})",
                               json_string(file_), line, index, json_string(rule.id.value),
                               json_string(rule.title), explanation_members(explanation))
                << '\n';
      return;
    }
    const std::string at = index == 0 ? "" : fmt::format(", event {}", index);
    std::cout << printable(fmt::format("{}:{}{}: {}: {}\n{}", file_, line, at,
                                       explanation.matches ? "match" : "no match", rule.title,
                                       explanation_text(explanation)));
  }

  const std::vector<RuleInfo>& rules_;
  Explainer explainer_;
  std::vector<std::uint32_t> chosen_;
  std::string file_;
  bool json_;
  bool matched_ = false;
  std::size_t events_ = 0;
  std::size_t dead_letters_ = 0;
};

}  // namespace

int run_rules_explain(const Arguments& arguments) {
  CommandLine line = described();
  if (const auto code = line.parse(arguments)) return *code;
  const Result<std::uint64_t> number = line.number("line", 0, 1, UINT64_MAX);
  if (!number) return report_error(number.error());
  const std::string& rule = line.all("RULE FILE")[0];
  const std::string& file = line.all("RULE FILE")[1];
  const Result<Detection> detection = load(line, rule);
  if (!detection) return report_error(detection.error());
  std::vector<std::uint32_t> rules = find_rules(detection->rules->rules(), rule);
  if (rules.empty()) return report_missing(*detection, rule);

  Printer printer(*detection, std::move(rules), file, line.has("json"));
  const SystemClock clock;
  const Result<void> read = read_events(
      file, *number, detection->packs, clock,
      {[&](std::uint64_t at, std::uint32_t index, const Event& event) { printer.event(at, index, event); },
       [&](std::uint64_t at, const DeadLetter& letter) { printer.dead_letter(at, letter); }});
  std::cout.flush();
  if (!read) return report_error(read.error());
  return printer.end(*number);
}

}  // namespace countersign
