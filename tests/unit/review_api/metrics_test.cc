// SPDX-License-Identifier: Apache-2.0
#include "review-api/metrics.h"

#include <gtest/gtest.h>

#include "tests/unit/review_api/api_fixture.h"

namespace countersign::test {
namespace {

class MetricsTest : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    auto metrics = MetricsServer::start("127.0.0.1:0");
    ASSERT_TRUE(metrics) << metrics.error().message;
    metrics_ = std::move(*metrics);
    metrics_->add_build("1.2.3", "abc");
    metrics_->add_store(*world_.store, world_.clock, {"src", "quiet"});
    metrics_->add_http(api_->metrics());
  }
  void TearDown() override { metrics_.reset(); }

  std::string scrape() { return fetch(metrics_->address(), "GET", "/metrics").body; }
  /// The value of a series as it is written, or nothing.
  std::string value(const std::string& series) {
    const std::string text = '\n' + scrape();
    const std::size_t at = text.find('\n' + series + ' ');
    if (at == std::string::npos) return "absent";
    const std::size_t start = at + series.size() + 2;
    return text.substr(start, text.find('\n', start) - start);
  }

  std::unique_ptr<MetricsServer> metrics_;
};

TEST_F(MetricsTest, GaugesFollowTheAlerts) {
  const std::string id = open_alert({"a", "b", "c"});
  const std::string high = R"({alert_severity="high",queue="default"})";
  EXPECT_EQ(value("countersign_alerts_unreviewed" + high), "3");
  EXPECT_EQ(value("countersign_alerts_unowned" + high), "3");
  EXPECT_EQ(value("countersign_alerts_overdue" + high), "0");
  EXPECT_EQ(value(R"(countersign_alerts_open{alert_severity="high",queue="default",status="new"})"), "3");
  EXPECT_EQ(value(R"(countersign_alerts_unreviewed{alert_severity="low",queue="default"})"), "0");
  EXPECT_TRUE(
      value("countersign_alert_oldest_unreviewed_timestamp_seconds" + high).starts_with("1772352000"));
  ASSERT_EQ(act(id, "take", 1, analyst_).status, 200U);
  EXPECT_EQ(value("countersign_alerts_unowned" + high), "2");
  EXPECT_EQ(value(R"(countersign_alerts_open{alert_severity="high",queue="default",status="in_progress"})"),
            "1");
  EXPECT_EQ(value("countersign_alerts_unreviewed" + high), "3");
}

TEST_F(MetricsTest, CountersFollowWhatWasDone) {
  const std::string id = open_alert({"a", "b"});
  const std::string high = R"({alert_severity="high",queue="default"})";
  EXPECT_EQ(value(R"(countersign_alerts_created_total{alert_severity="high",queue="default",source="src"})"),
            "2");
  EXPECT_EQ(
      value(R"(countersign_alerts_closed_total{alert_severity="high",queue="default",verdict="benign"})"),
      "0");
  world_.clock.advance(std::chrono::seconds(601));  // the store's clock runs a little ahead
  ASSERT_EQ(
      act(id, "close", 1, analyst_, R"({"verdict":"benign","reason_code":"known_tool","rationale":"x"})")
          .status,
      200U);
  EXPECT_EQ(
      value(R"(countersign_alerts_closed_total{alert_severity="high",queue="default",verdict="benign"})"),
      "1");
  EXPECT_EQ(
      value(
          R"(countersign_alert_review_deadlines_total{alert_severity="high",queue="default",outcome="met"})"),
      "1");
  const std::string bucket =
      "countersign_alert_time_to_review_seconds_bucket{alert_severity=\"high\",queue=\"default\",le=";
  EXPECT_EQ(value(bucket + "\"300\"}"), "0");
  EXPECT_EQ(value(bucket + "\"900\"}"), "1");
  EXPECT_EQ(value(bucket + "\"+Inf\"}"), "1");
  EXPECT_NEAR(std::stod(value("countersign_alert_time_to_review_seconds_sum" + high)), 601, 0.001);
  ASSERT_EQ(act(id, "reopen", 2, analyst_, R"({"reason":"again"})").status, 200U);
  EXPECT_EQ(value("countersign_alerts_reopened_total" + high), "1");
  ASSERT_EQ(act(id, "assign", 3, lead_, R"({"assignee":"lead"})").status, 200U);
  EXPECT_EQ(value(R"(countersign_alert_reassignments_total{queue="default"})"), "1");
}

TEST_F(MetricsTest, WhatASourceMayOpenIsCountedFromZero) {
  const std::string critical =
      R"(countersign_alerts_created_total{alert_severity="critical",queue="default",)";
  EXPECT_EQ(value(critical + R"(source="quiet"})"), "0");
  EXPECT_EQ(value(critical + R"(source="src"})"), "0");
}

TEST_F(MetricsTest, StorageIsMeasured) {
  open_alert({"a"});
  EXPECT_GT(std::stod(value(R"(countersign_storage_size_bytes{kind="wal"})")), 0.0);
  EXPECT_NE(value(R"(countersign_storage_size_bytes{kind="live"})"), "absent");
  EXPECT_EQ(value("countersign_storage_write_stall_seconds_total"), "0");
}

TEST_F(MetricsTest, RequestsAreCountedByTemplateNotByAddress) {
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(call("GET", "/api/v1/alerts/1-000-00999" + std::to_string(i), analyst_).status, 404U);
  EXPECT_EQ(call("BREW", "/nothing/" + std::string(100, 'x'), nobody_).status, 404U);
  EXPECT_EQ(call("GET", "/nothing", nobody_).status, 404U);
  EXPECT_EQ(
      value(R"x(countersign_http_requests_total{code="404",method="GET",route="/api/v1/alerts/{id}"})x"),
      "3");
  EXPECT_EQ(value(R"(countersign_http_requests_total{code="404",method="GET",route="unmatched"})"), "1");
  EXPECT_EQ(value(R"(countersign_http_requests_total{code="404",method="other",route="unmatched"})"), "1");
  EXPECT_EQ(
      value(R"x(countersign_http_request_duration_seconds_count{method="GET",route="/api/v1/alerts/{id}"})x"),
      "3");
  EXPECT_EQ(value("countersign_http_requests_in_flight"), "0");
  EXPECT_EQ(scrape().find("1-000-00999"), std::string::npos);
}

TEST_F(MetricsTest, BuildAndProcessAreThere) {
  EXPECT_EQ(value(R"(countersign_build_info{revision="abc",version="1.2.3"})"), "1");
  const std::string text = scrape();
  for (const char* name :
       {"process_cpu_seconds_total ", "process_resident_memory_bytes ", "process_virtual_memory_bytes ",
        "process_start_time_seconds ", "process_open_fds ", "process_max_fds "})
    EXPECT_NE(text.find(std::string("\n") + name), std::string::npos) << name;
}

TEST_F(MetricsTest, TheListenerHasNothingElse) {
  EXPECT_EQ(fetch(metrics_->address(), "GET", "/").status, 404U);
  EXPECT_EQ(fetch(metrics_->address(), "GET", "/api/v1/alerts").status, 404U);
  EXPECT_EQ(fetch(metrics_->address(), "POST", "/metrics").status, 405U);
  EXPECT_EQ(fetch(metrics_->address(), "POST", "/metrics", {}, "x").status, 413U);
  EXPECT_EQ(fetch(metrics_->address(), "GET", "/metrics").headers.at("content-type"),
            "text/plain; version=0.0.4; charset=utf-8");
}

}  // namespace
}  // namespace countersign::test
