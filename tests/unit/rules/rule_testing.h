// SPDX-License-Identifier: Apache-2.0
// Short ways to write rules and events in tests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/event.h"
#include "rules/interpreter.h"
#include "rules/loader.h"
#include "rules/matcher.h"

namespace countersign::testing {

/// One value of an event: written `{"Image", text("a.exe")}`.
inline Value text(std::string_view value) {
  Value out;
  out.type = ValueType::String;
  out.text = value;
  return out;
}
Value number(std::string_view digits);
Value boolean(bool value);
inline Value null() { return {}; }
Value container(ValueType type);

struct EventField {
  std::string_view name;
  Value value;
  std::uint16_t depth = 0;
  bool alias = false;
};

/// The class of all events here: product windows, category test, service unit.
const EventClass& test_class();

void fill(Event& event, const std::vector<EventField>& fields);

/// A rule document around `detection` (written without indentation of its own), log source category test.
std::string rule_with(std::string_view detection);

/// Whether the rule with this detection matches the event. Fails the test when the rule is refused.
bool matches(std::string_view detection, const std::vector<EventField>& fields);

std::shared_ptr<const Plan> plan_of(const std::shared_ptr<const RuleSet>& rules,
                                    const std::vector<const EventClass*>& classes);

/// What the interpreter finds. Fails the test when a plan finds anything else.
std::vector<std::uint32_t> match_both(const std::shared_ptr<const RuleSet>& rules, const Event& event);

/// One verdict: a detection (`condition: s` is added when it has none) and an event.
struct Row {
  std::string_view name;
  std::string_view detection;
  std::vector<EventField> event;
  bool matches = false;
};
void check(const std::vector<Row>& rows);

}  // namespace countersign::testing
