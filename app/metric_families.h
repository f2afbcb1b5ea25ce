// SPDX-License-Identifier: Apache-2.0
// Families of metrics, filled one after the other.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/duration_histogram.h"

namespace prometheus {
struct MetricFamily;
}

namespace countersign {

class MetricFamilies {
 public:
  using Labels = std::vector<std::pair<std::string, std::string>>;

  MetricFamilies();
  ~MetricFamilies();

  void begin_counter(std::string name, std::string help);
  void begin_gauge(std::string name, std::string help);
  void begin_histogram(std::string name, std::string help);
  /// To the family begun last, of the type that fits.
  void add(const Labels& labels, double value);
  void add(const Labels& labels, const DurationHistogram& durations);

  std::vector<prometheus::MetricFamily> take();

 private:
  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace countersign
