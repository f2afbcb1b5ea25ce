// SPDX-License-Identifier: Apache-2.0
// Verdicts of whole rules on events, one row per case.
#include <gtest/gtest.h>

#include "tests/unit/rules/rule_testing.h"

namespace countersign::testing {
namespace {

struct Row {
  std::string_view name;
  std::string_view detection;
  std::vector<EventField> event;
  bool matches;
};

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(matches(row.detection, row.event), row.matches) << row.detection;
  }
}

TEST(Matching, PlainValuesCompareWithTheWholeValueWithoutCase) {
  check({
      {"equal", "s:\n  Image: a.EXE\ncondition: s", {{"Image", text("A.exe")}}, true},
      {"longer", "s:\n  Image: a.exe\ncondition: s", {{"Image", text("a.exe.txt")}}, false},
      {"contains", "s:\n  Image|contains: b\ncondition: s", {{"Image", text("aBc")}}, true},
      {"number", "s:\n  EventID: 1\ncondition: s", {{"EventID", number("1")}}, true},
      {"number as text", "s:\n  EventID: 1\ncondition: s", {{"EventID", text("1")}}, true},
      {"text as number", "s:\n  EventID: '1'\ncondition: s", {{"EventID", number("1")}}, true},
  });
}

}  // namespace
}  // namespace countersign::testing
