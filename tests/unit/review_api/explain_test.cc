// SPDX-License-Identifier: Apache-2.0
// Why an alert was opened, as the API tells it.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "rules/explanation_json.h"
#include "rules/loader.h"
#include "tests/unit/review_api/api_fixture.h"

namespace countersign::test {
namespace {

namespace json = boost::json;

class ExplainApiTest : public ApiTest {
 protected:
  WireAnswer explain(const std::string& id) {
    return call("GET", "/api/v1/alerts/" + id + "/explain", analyst_);
  }
};

Value text_value(std::string_view text) {
  Value value;
  value.type = ValueType::String;
  value.text = text;
  return value;
}

TEST_F(ExplainApiTest, TheExplanationSaysWhatIsNotKnown) {
  const std::string id = open_alert();
  const WireAnswer answer = explain(id);
  ASSERT_EQ(answer.status, 200U) << answer.body;
  const json::value explained = parse(answer);
  EXPECT_EQ(explained.at_pointer("/rule/loaded").as_string(), "same");
  EXPECT_EQ(explained.at_pointer("/group_key/0/value").as_string(), "fw-1");
  EXPECT_TRUE(explained.at("explanation").is_null());
  EXPECT_EQ(explained.at("not_recorded").at(0).as_string(), "matched_fields");
  rules_ = std::make_shared<const RuleSetManifest>(ruleset(Level::High, "changed text"));
  EXPECT_EQ(parse(explain(id)).at_pointer("/rule/loaded").as_string(), "changed");
  rules_ = nullptr;
  EXPECT_EQ(parse(explain(id)).at_pointer("/rule/loaded").as_string(), "absent");
}

TEST_F(ExplainApiTest, TheExplanationSaysWhereTheRuleFoundWhat) {
  const RuleLoad load = load_rule_text(
      "rule.yml",
      "title: T\nlevel: low\nlogsource:\n  category: test\ndetection:\n  s:\n    Image|endswith: \\cmd.exe\n"
      "    long|contains: x\n    a|fieldref: a\n  f:\n    b: null\n  condition: s and not f\n");
  const std::string image(2'000, 'x');
  Event event;
  event.add("Image", text_value("C:\\CMD.exe"));
  event.add("long", text_value(image));
  event.add("a", text_value("\x1b"));
  event.add("b", text_value("y"));
  Report report = report_of(0, {{"fw-1"}});
  report.signals[0].explanation = bounded_explanation_json(Explainer(load.rules).explain_briefly(0, event));
  submit(*world_.store, report);
  const WireAnswer answer = explain(to_string(only_alert(*world_.store).id));
  ASSERT_EQ(answer.status, 200U) << answer.body;
  const json::value explained = parse(answer);
  EXPECT_TRUE(explained.at("not_recorded").as_array().empty());
  EXPECT_EQ(explained.at("explanation"), json::parse(report.signals[0].explanation));
  const json::value item = explained.at_pointer("/explanation/selections/0/alternatives/0/items/0");
  EXPECT_EQ(item.at("field").as_string(), "Image");
  EXPECT_EQ(item.at_pointer("/leaves/0/pattern").as_string(), "\\cmd.exe");
  EXPECT_EQ(item.at_pointer("/leaves/0/found/value").as_string(), "C:\\CMD.exe");
  EXPECT_EQ(item.at_pointer("/leaves/0/span"), (json::array{2, 10}));
}

}  // namespace
}  // namespace countersign::test
