// SPDX-License-Identifier: Apache-2.0
// Explanations end as the interpreter does: every rule that ships, on the test events of all of them.
#include <algorithm>

#include <gtest/gtest.h>

#include "ingest/event_decoder.h"
#include "ingest/rule_tests.h"
#include "rules/explain.h"
#include "rules/interpreter.h"
#include "tests/unit/app/shipped_detection.h"
#include "tests/unit/ingest/messages.h"
#include "tests/unit/rules/explaining.h"

namespace countersign::testing {
namespace {

class Comparing final : public EventSink {
 public:
  explicit Comparing(const std::shared_ptr<const RuleSet>& rules)
      : rules_(rules->rules().size()), interpreter_(rules), explainer_(rules) {}

  void take(const Event& event, std::uint32_t /*index*/) override {
    std::vector<std::uint32_t> expected;
    interpreter_.match(event, expected);
    matches_ += expected.size();
    for (std::uint32_t rule = 0; rule < rules_; ++rule) {
      const Explanation explanation = explainer_.explain(rule, event);
      EXPECT_EQ(explanation.matches, std::binary_search(expected.begin(), expected.end(), rule));
      EXPECT_EQ(contradiction(explanation), "");
    }
  }
  void take(DeadLetter dead_letter) override { ADD_FAILURE() << dead_letter.message; }

  std::size_t matches() const { return matches_; }

 private:
  std::size_t rules_;
  Interpreter interpreter_;
  Explainer explainer_;
  std::size_t matches_ = 0;
};

TEST(ExplainLibrary, TheOutcomeIsTheInterpretersOnAllTestEvents) {
  const ShippedDetection& shipped = ShippedDetection::instance();
  Comparing comparing(shipped.rules().rules);
  EventDecoder decoder(shipped.packs().packs, {});
  for (const RuleInfo& rule : shipped.rules().rules->rules()) {
    SCOPED_TRACE(rule.file);
    const Result<RuleTestFile> tests = read_rule_tests(rule_tests_path(rule.file));
    ASSERT_TRUE(tests.has_value());
    for (const RuleTestEvent& test : tests->events) {
      SCOPED_TRACE(test.line);
      const MessageBatch batch = batch_of({test.message});
      EXPECT_TRUE(decoder.decode(batch.messages.front(), batch.partition.topic, Timestamp{}, comparing));
    }
  }
  EXPECT_GT(comparing.matches(), 50U);
}

}  // namespace
}  // namespace countersign::testing
