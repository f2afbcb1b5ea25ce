// SPDX-License-Identifier: Apache-2.0
#include "review-api/http_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <array>

namespace countersign {
namespace {

const prometheus::Histogram::BucketBoundaries kSeconds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                       0.25,  0.5,    1.0,   2.5,  5.0,   10.0};

std::string bounded_method(const std::string& method) {
  static constexpr std::array<std::string_view, 7> methods{"GET",   "HEAD",   "POST",   "PUT",
                                                           "PATCH", "DELETE", "OPTIONS"};
  return std::find(methods.begin(), methods.end(), method) == methods.end() ? "other" : method;
}

}  // namespace

struct HttpMetrics::Families {
  std::shared_ptr<prometheus::Registry> registry = std::make_shared<prometheus::Registry>();
  prometheus::Family<prometheus::Counter>& requests = prometheus::BuildCounter()
                                                          .Name("countersign_http_requests_total")
                                                          .Help("HTTP requests answered.")
                                                          .Register(*registry);
  prometheus::Family<prometheus::Histogram>& durations =
      prometheus::BuildHistogram()
          .Name("countersign_http_request_duration_seconds")
          .Help("Time from the whole request to its answer.")
          .Register(*registry);
  prometheus::Gauge& in_flight = prometheus::BuildGauge()
                                     .Name("countersign_http_requests_in_flight")
                                     .Help("HTTP requests being worked on.")
                                     .Register(*registry)
                                     .Add({});
};

HttpMetrics::HttpMetrics() : families_(std::make_unique<Families>()) {}
HttpMetrics::~HttpMetrics() = default;

void HttpMetrics::started() { families_->in_flight.Increment(); }

void HttpMetrics::finished(const std::string& method, const std::string& route, unsigned status,
                           std::chrono::nanoseconds duration) {
  const std::string method_label = bounded_method(method);
  const std::string route_label = route.empty() ? "unmatched" : route;
  families_->requests
      .Add({{"method", method_label}, {"route", route_label}, {"code", std::to_string(status)}})
      .Increment();
  families_->durations.Add({{"method", method_label}, {"route", route_label}}, kSeconds)
      .Observe(std::chrono::duration<double>(duration).count());
  families_->in_flight.Decrement();
}

void HttpMetrics::refused(unsigned status) {
  families_->requests.Add({{"method", "other"}, {"route", "unmatched"}, {"code", std::to_string(status)}})
      .Increment();
}

std::shared_ptr<prometheus::Collectable> HttpMetrics::collectable() const { return families_->registry; }

}  // namespace countersign
