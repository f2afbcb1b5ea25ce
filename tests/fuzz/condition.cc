// SPDX-License-Identifier: Apache-2.0
// Any bytes as a condition: the parser gives a tree or says what is wrong and where; a tree, written out and
// read again, is the same; and a rule with that condition holds for the events for which the tree does.
#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "core/case_fold.h"
#include "rules/condition.h"
#include "tests/fuzz/fuzzing.h"

namespace countersign::fuzz {
namespace {

/// Each selection asks for a field of its own name.
constexpr std::string_view kNames[] = {"a", "b", "sel_1", "sel_2", "filter-x", "_own"};

void check_errors(const ParsedCondition& parsed, std::string_view text) {
  invariant(parsed.root.has_value() || !parsed.errors.empty());
  for (const ConditionError& error : parsed.errors) {
    const auto codes = diagnostic_codes();
    invariant(std::any_of(codes.begin(), codes.end(),
                          [&](const DiagnosticCode& code) { return code.code == error.code; }));
    invariant(error.offset <= text.size() && !error.message.empty());
  }
}

std::string write(const Condition& condition) {
  switch (condition.kind) {
    case Condition::Kind::Name: return condition.name;
    case Condition::Kind::OneOf: return "1 of " + condition.name;
    case Condition::Kind::AllOf: return "all of " + condition.name;
    case Condition::Kind::Not: return "not (" + write(condition.children.front()) + ")";
    case Condition::Kind::And:
    case Condition::Kind::Or: break;
  }
  std::string out;
  for (const Condition& child : condition.children) {
    if (!out.empty()) out += condition.kind == Condition::Kind::And ? " and " : " or ";
    out += "(" + write(child) + ")";
  }
  return out;
}

/// What fits_pattern() says, without its code.
bool fits(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  if (pattern.starts_with("**")) return fits(pattern.substr(1), name);
  if (pattern.front() == '*' && fits(pattern.substr(1), name)) return true;
  if (name.empty() || (pattern.front() != '*' && pattern.front() != name.front())) return false;
  return fits(pattern.front() == '*' ? pattern : pattern.substr(1), name.substr(1));
}

bool is_meant(const Condition& condition, std::string_view name) {
  if (condition.kind == Condition::Kind::Name) return condition.name == name;
  if (condition.name == "them") return name.front() != '_';
  return (name.front() != '_' || condition.name.front() == '_') && fits(condition.name, name);
}

/// `holds`: bit i for kNames[i].
bool evaluate(const Condition& condition, unsigned holds) {
  const auto child_holds = [&](const Condition& child) { return evaluate(child, holds); };
  const auto& children = condition.children;
  bool any = false;
  bool all = true;
  switch (condition.kind) {
    case Condition::Kind::And: return std::all_of(children.begin(), children.end(), child_holds);
    case Condition::Kind::Or: return std::any_of(children.begin(), children.end(), child_holds);
    case Condition::Kind::Not: return !child_holds(children.front());
    case Condition::Kind::Name:
    case Condition::Kind::OneOf:
    case Condition::Kind::AllOf: break;
  }
  for (unsigned i = 0; i < std::size(kNames); ++i) {
    if (!is_meant(condition, kNames[i])) continue;
    const bool bit = (holds >> i & 1U) != 0;
    any = any || bit;
    all = all && bit;
  }
  return condition.kind == Condition::Kind::AllOf ? all : any;
}

/// As a double-quoted scalar of YAML; empty when a rule file cannot hold it.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    char32_t c = 0;
    const std::size_t size = decode_utf8(text, c);
    if (size == 1 && c >= 0x80) return {};
    if (c < 0x20 || c == '"' || c == '\\') {
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(size);
  }
  return out + "\"";
}

std::string rule_with(const std::string& condition) {
  std::string out = "title: T\nlevel: low\nlogsource: {category: test}\ndetection:\n";
  for (const std::string_view name : kNames) out += fmt::format("  {}: {{{}: 1}}\n", name, name);
  return out + "  condition: " + condition + "\n";
}

void check_rule(const Condition& condition, std::string_view text) {
  const std::string yaml = quoted(text);
  const RuleLoad load = load_rule_text("fuzz.yml", yaml.empty() ? "" : rule_with(yaml));
  if (load.loaded == 0) return;  // it names what is not there
  const EventClass all = class_of_all(*load.rules);
  BothEngines engines(plan_of(load.rules, {&all}));
  Event event;
  Value one;
  one.type = ValueType::Integer;
  one.text = "1";
  one.integer = 1;
  for (unsigned holds = 0; holds < 1U << std::size(kNames); ++holds) {
    event.clear();
    event.set_event_class(&all);
    for (unsigned i = 0; i < std::size(kNames); ++i)
      if ((holds >> i & 1U) != 0) event.add(kNames[i], one);
    invariant(engines.match(event).empty() != evaluate(condition, holds));
  }
}

}  // namespace

void run(std::string_view text) {
  const CpuLimit limit;
  const ParsedCondition parsed = parse_condition(text);
  check_errors(parsed, text);
  if (!parsed.errors.empty()) return;
  const std::string written = write(*parsed.root);
  const ParsedCondition again = parse_condition(written);
  if (again.root) {
    invariant(write(*again.root) == written);
  } else {  // only its many parentheses may be too many
    invariant(again.errors.front().code == "condition.too_deep" ||
              again.errors.front().code == "condition.too_large");
  }
  check_rule(*parsed.root, text);
}

}  // namespace countersign::fuzz
