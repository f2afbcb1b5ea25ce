// SPDX-License-Identifier: Apache-2.0
#include "app/metric_families.h"

#include <prometheus/metric_family.h>

#include "core/invariant.h"
#include "review-api/histogram_metric.h"

namespace countersign {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricType;

std::vector<ClientMetric::Label> to_prometheus(const MetricFamilies::Labels& labels) {
  std::vector<ClientMetric::Label> out;
  for (const auto& [name, value] : labels) out.push_back({name, value});
  return out;
}

}  // namespace

MetricFamilies::MetricFamilies() = default;
MetricFamilies::~MetricFamilies() = default;

void MetricFamilies::begin_counter(std::string name, std::string help) {
  families_.push_back({std::move(name), std::move(help), MetricType::Counter, {}});
}
void MetricFamilies::begin_gauge(std::string name, std::string help) {
  families_.push_back({std::move(name), std::move(help), MetricType::Gauge, {}});
}
void MetricFamilies::begin_histogram(std::string name, std::string help) {
  families_.push_back({std::move(name), std::move(help), MetricType::Histogram, {}});
}

void MetricFamilies::add(const Labels& labels, double value) {
  ClientMetric metric;
  metric.label = to_prometheus(labels);
  invariant(families_.back().type != MetricType::Histogram);
  if (families_.back().type == MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  families_.back().metric.push_back(std::move(metric));
}

void MetricFamilies::add(const Labels& labels, const DurationHistogram& durations) {
  invariant(families_.back().type == MetricType::Histogram);
  ClientMetric metric = histogram_metric(durations);
  metric.label = to_prometheus(labels);
  families_.back().metric.push_back(std::move(metric));
}

std::vector<prometheus::MetricFamily> MetricFamilies::take() { return std::move(families_); }

}  // namespace countersign
