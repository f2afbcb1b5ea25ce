// SPDX-License-Identifier: Apache-2.0
// Any bytes as a rule file: loading ends, the books balance, every refusal says its code and its place, and
// what loads is found alike by interpreter and plan, in events made of the rules' own fields and values.
#include <algorithm>
#include <charconv>

#include "rules/compiled_rule.h"
#include "tests/fuzz/fuzzing.h"

namespace countersign::fuzz {
namespace {

void check_books(const RuleLoad& load, std::string_view text) {
  invariant(load.documents == load.loaded + load.refused + load.skipped);
  const auto lines = static_cast<int>(std::count(text.begin(), text.end(), '\n')) + 1;
  std::size_t errors = 0;
  for (const Diagnostic& finding : load.findings) {
    const auto codes = diagnostic_codes();
    invariant(std::any_of(codes.begin(), codes.end(), [&](const DiagnosticCode& code) {
      return code.code == finding.code && code.severity == finding.severity;
    }));
    invariant(finding.line >= 1 && finding.line <= lines && finding.column >= 0);
    invariant(!finding.message.empty());
    if (finding.severity == Severity::Error) ++errors;
  }
  invariant(errors >= load.refused);
  invariant((errors > 0) == (load.refused > 0));
}

Value value_of(const std::string& text) {
  Value out;
  out.text = text;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.integer);
  out.type =
      error == std::errc{} && end == text.data() + text.size() ? ValueType::Integer : ValueType::String;
  return out;
}

/// Every field of the rules with a value as it stands in a rule: of each item the one at `choice`.
void fill(Event& event, const CompiledRules& rules, std::size_t choice) {
  event.clear();
  for (const CompiledRule& rule : rules.rules)
    for (const Selection& selection : rule.selections)
      for (const auto& alternative : selection.alternatives)
        for (const Item& item : alternative) {
          const std::string& text = item.texts[choice % item.texts.size()];
          event.add(item.keyword ? std::string_view("keyword") : rules.fields[item.field].name,
                    value_of(text));
        }
}

}  // namespace

void run(std::string_view text) {
  const CpuLimit limit;
  const RuleLoad load =
      load_rule_text("fuzz.yml", text, {.include_deprecated = true, .include_unsupported = true});
  check_books(load, text);
  if (load.rules->rules().empty()) return;
  const EventClass all = class_of_all(*load.rules);
  BothEngines engines(plan_of(load.rules, {&all}));
  Event event;
  for (std::size_t choice = 0; choice < 3; ++choice) {
    fill(event, load.rules->compiled(), choice);
    event.set_event_class(&all);
    (void)engines.match(event);
  }
}

}  // namespace countersign::fuzz
