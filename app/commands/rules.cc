// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>
#include <iterator>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/commands/commands.h"
#include "app/findings.h"
#include "app/rule_options.h"
#include "core/json_text.h"
#include "ingest/pack_loader.h"
#include "rules/lint.h"

namespace countersign {
namespace {

CommandLine rules_line(const std::string& usage, const std::string& summary) {
  CommandLine line(usage, summary);
  line.positional("PATH", 0, 10'000).flag("json", "print JSON");
  add_rule_options(line);
  add_status_options(line);
  return line;
}

bool has_error(const RuleLoad& load) {
  return std::any_of(load.findings.begin(), load.findings.end(),
                     [](const Diagnostic& finding) { return finding.severity == Severity::Error; });
}

/// Both by file, line and column.
void add_findings(std::vector<Diagnostic> more, std::vector<Diagnostic>& findings) {
  findings.insert(findings.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  std::stable_sort(findings.begin(), findings.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
  });
}

int run_check(const Arguments& arguments) {
  CommandLine line =
      rules_line("rules check [PATH]… [--packs PATH]… [--values FILE] [--lenient] [--json]",
                 "Loads rules and reports every problem with file, line, column, code and hint. Without a "
                 "PATH the shipped library is checked. Packs say which log sources there are.");
  line.list("packs", "PATH", "file or folder of mapping packs; default: the shipped packs");
  if (const auto code = line.parse(arguments)) return *code;
  const DetectionPaths paths = detection_paths(line, "PATH");
  Result<RuleLoad> loaded = load_rules_of(paths);
  if (!loaded) return report_error(loaded.error());
  const Result<PackLoad> packs = load_packs(with_shipped(paths).packs);
  if (!packs) return report_error(packs.error());
  const std::vector<const EventClass*> classes = packs->packs->event_classes();
  add_findings(lint(*loaded->rules), loaded->findings);
  add_findings(lint_log_sources(*loaded->rules, classes), loaded->findings);
  const std::size_t without_events = rules_without_events(*loaded->rules, classes).size();
  if (line.has("json")) {
    std::cout
        << fmt::format(
               R"({{"files":{},"rules":{},"loaded":{},"refused":{},"skipped":{},"without_events":{},"findings":{}}})",
               loaded->files, loaded->documents, loaded->loaded, loaded->refused, loaded->skipped,
               without_events, findings_json(loaded->findings))
        << '\n';
  } else {
    print_findings(loaded->findings);
    std::cout << fmt::format("{} files, {} rules: {} loaded, {} refused, {} skipped\n", loaded->files,
                             loaded->documents, loaded->loaded, loaded->refused, loaded->skipped);
    if (without_events > 0) {
      std::cout << fmt::format("{} of them ask for log sources that no pack gives events of\n",
                               without_events);
    }
  }
  return has_error(*loaded) ? kExitFailed : kExitOk;
}

std::string log_source_text(const LogSource& source) {
  return fmt::format("{}/{}/{}", source.product.empty() ? "*" : source.product,
                     source.category.empty() ? "*" : source.category,
                     source.service.empty() ? "*" : source.service);
}

std::vector<std::string> json_strings(const std::vector<std::string>& texts) {
  std::vector<std::string> out;
  for (const std::string& text : texts) out.push_back(json_string(text));
  return out;
}

int run_list(const Arguments& arguments) {
  CommandLine line = rules_line("rules list [PATH]… [--values FILE] [--lenient] [--json]",
                                "Lists the detection rules that load: id, level, log source, title.");
  if (const auto code = line.parse(arguments)) return *code;
  const Result<RuleLoad> loaded = load_rules_of(detection_paths(line, "PATH"));
  if (!loaded) return report_error(loaded.error());
  for (const RuleInfo& rule : loaded->rules->rules()) {
    if (line.has("json")) {
      std::cout << fmt::format(
          R"({{"rule_id":{},"title":{},"level":"{}","status":"{}","author":{},"product":{},"category":{},"service":{},)"
          R"("file":{},"line":{},"content":"{}","filters":[{}]}})",
          json_string(rule.id.value), json_string(rule.title), to_string(rule.level), to_string(rule.status),
          json_string(rule.author), json_string(rule.log_source.product),
          json_string(rule.log_source.category), json_string(rule.log_source.service), json_string(rule.file),
          rule.line, to_hex(rule.content), fmt::join(json_strings(rule.filters), ","));
    } else {
      std::cout << fmt::format("{}  {:<13}  {:<36}  {}", rule.id.value, to_string(rule.level),
                               log_source_text(rule.log_source), rule.title);
    }
    std::cout << '\n';
  }
  if (loaded->refused > 0) {
    std::cerr << fmt::format("countersign: {} rules are refused; countersign rules check names them\n",
                             loaded->refused);
  }
  return loaded->refused == 0 ? kExitOk : kExitFailed;
}

}  // namespace

int run_rules(const Arguments& arguments) {
  return run_subcommand("rules",
                        {{"check", "report every problem of rule files", run_check},
                         {"list", "list the rules that load", run_list},
                         {"cost", "say what each rule costs on events", run_rules_cost},
                         {"explain", "say why a rule matches events, or why not", run_rules_explain},
                         {"reload", "have a server load its rules anew", run_rules_reload},
                         {"test", "run the events that stand beside rules", run_rules_test}},
                        arguments);
}

}  // namespace countersign
