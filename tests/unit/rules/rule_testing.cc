// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/rules/rule_testing.h"

#include <charconv>
#include <cstdlib>
#include <stdexcept>

#include <gtest/gtest.h>

namespace countersign::testing {

Value number(std::string_view digits) {
  const auto whole = [&](auto& out) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    return error == std::errc{} && end == digits.data() + digits.size();
  };
  Value out;
  out.text = digits;
  if (whole(out.integer)) {
    out.type = ValueType::Integer;
  } else if (whole(out.unsigned_integer)) {
    out.type = ValueType::Unsigned;
  } else {
    out.type = ValueType::Double;
    out.number = std::strtod(std::string(digits).c_str(), nullptr);
  }
  return out;
}

Value boolean(bool value) {
  Value out;
  out.type = ValueType::Bool;
  out.text = value ? "true" : "false";
  out.integer = value ? 1 : 0;
  return out;
}

Value container(ValueType type) {
  Value out;
  out.type = type;
  return out;
}

const EventClass& test_class() {
  static const EventClass event_class{"test-pack", {{"windows", "test", "unit"}}, {}};
  return event_class;
}

void fill(Event& event, const std::vector<EventField>& fields) {
  event.clear();
  for (const EventField& field : fields) event.add(field.name, field.value, field.depth, field.alias);
  event.set_event_class(&test_class());
}

std::string rule_with(std::string_view detection) {
  std::string out = "title: T\nlevel: low\nlogsource:\n  category: test\ndetection:\n";
  while (!detection.empty()) {
    const std::size_t end = detection.find('\n');
    out += "  " + std::string(detection.substr(0, end)) + "\n";
    detection.remove_prefix(end == std::string_view::npos ? detection.size() : end + 1);
  }
  return out;
}

bool matches(std::string_view detection, const std::vector<EventField>& fields) {
  std::string whole(detection);
  if (whole.find("condition:") == std::string::npos) whole += "\ncondition: s";
  const RuleLoad load = load_rule_text("rule.yml", rule_with(whole));
  for (const Diagnostic& finding : load.findings)
    if (finding.severity == Severity::Error) ADD_FAILURE() << to_string(finding);
  Event event;
  fill(event, fields);
  return !match_both(load.rules, event).empty();
}

std::shared_ptr<const Plan> plan_of(const std::shared_ptr<const RuleSet>& rules,
                                    const std::vector<const EventClass*>& classes) {
  auto plan = Plan::build(rules, classes, {});
  if (!plan) throw std::runtime_error(plan.error().message);
  return *plan;
}

std::vector<std::uint32_t> match_both(const std::shared_ptr<const RuleSet>& rules, const Event& event) {
  std::vector<std::uint32_t> expected;
  Interpreter(rules).match(event, expected);
  std::vector<std::uint32_t> found;
  Matcher(plan_of(rules, {event.event_class()})).match(event, found);
  EXPECT_EQ(found, expected) << "plan and interpreter differ";
  return expected;
}

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows)
    EXPECT_EQ(matches(row.detection, row.event), row.matches) << row.name << ": " << row.detection;
}

}  // namespace countersign::testing
