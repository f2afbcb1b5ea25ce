// SPDX-License-Identifier: Apache-2.0
#include "review-api/store_metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <array>
#include <set>

#include "review-api/utf8.h"
#include "store/store.h"

namespace countersign {
namespace {

using Family = prometheus::MetricFamily;
using Labels = std::vector<prometheus::ClientMetric::Label>;

constexpr std::array kLevels{Level::Informational, Level::Low, Level::Medium, Level::High, Level::Critical};

Family gauge_family(const char* name, const char* help) {
  return {name, help, prometheus::MetricType::Gauge, {}};
}

Labels labels_of(const GaugeKey& key) {
  return {{"alert_severity", std::string(to_string(key.first))}, {"queue", valid_utf8(key.second.value)}};
}

void add_gauge(Family& family, Labels labels, double value) {
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  metric.gauge.value = value;
  family.metric.push_back(std::move(metric));
}

void add_open(Family& family, const GaugeKey& key, const char* status, std::uint64_t count) {
  Labels labels = labels_of(key);
  labels.push_back({"status", status});
  add_gauge(family, std::move(labels), static_cast<double>(count));
}

/// All severities of each queue, so that a severity without alerts is 0 and not missing.
std::map<GaugeKey, QueueGauges> complete(std::map<GaugeKey, QueueGauges> gauges) {
  std::set<QueueName> queues;
  for (const auto& [key, value] : gauges) queues.insert(key.second);
  for (const QueueName& queue : queues) {
    for (const Level level : kLevels) gauges.try_emplace({level, queue});
  }
  return gauges;
}

class StoreMetrics final : public prometheus::Collectable {
 public:
  StoreMetrics(const Store& store, const Clock& clock) : store_(store), clock_(clock) {}

  std::vector<Family> Collect() const override {
    Family open = gauge_family("countersign_alerts_open", "Open alerts.");
    Family unreviewed = gauge_family("countersign_alerts_unreviewed",
                                     "Alerts without a human decision in force, expired ones included.");
    Family unowned =
        gauge_family("countersign_alerts_unowned", "Alerts that are not closed and have no owner.");
    Family overdue = gauge_family("countersign_alerts_overdue", "Unreviewed alerts past their deadline.");
    Family oldest = gauge_family("countersign_alert_oldest_unreviewed_timestamp_seconds",
                                 "When the oldest unreviewed alert was opened; now when there is none.");
    const double now = seconds(clock_.now());
    for (const auto& [key, gauges] : complete(store_.gauges())) {
      add_open(open, key, "new", gauges.open_new);
      add_open(open, key, "in_progress", gauges.open_in_progress);
      add_open(open, key, "on_hold", gauges.open_on_hold);
      add_open(open, key, "awaiting_countersign", gauges.open_awaiting_countersign);
      add_gauge(unreviewed, labels_of(key), static_cast<double>(gauges.unreviewed));
      add_gauge(unowned, labels_of(key), static_cast<double>(gauges.unowned));
      add_gauge(overdue, labels_of(key), static_cast<double>(gauges.overdue));
      add_gauge(oldest, labels_of(key), gauges.oldest_unreviewed ? seconds(*gauges.oldest_unreviewed) : now);
    }
    return {std::move(open), std::move(unreviewed), std::move(unowned), std::move(overdue),
            std::move(oldest)};
  }

 private:
  static double seconds(Timestamp time) { return static_cast<double>(to_micros(time)) / 1e6; }

  const Store& store_;
  const Clock& clock_;
};

}  // namespace

std::shared_ptr<prometheus::Collectable> store_metrics(const Store& store, const Clock& clock) {
  return std::make_shared<StoreMetrics>(store, clock);
}

}  // namespace countersign
