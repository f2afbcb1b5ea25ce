// SPDX-License-Identifier: Apache-2.0
#include "review-api/process_metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

namespace countersign {
namespace {

/// Fields of /proc/self/stat (proc(5)), counted from 1; those from 3 on follow the program's name in
/// brackets.
struct Stat {
  double cpu_ticks = 0;       // 14 + 15
  double start_ticks = 0;     // 22
  double virtual_bytes = 0;   // 23
  double resident_pages = 0;  // 24
};

std::optional<Stat> read_stat() {
  std::ifstream file("/proc/self/stat");
  std::string text;
  if (!std::getline(file, text)) return std::nullopt;
  const std::size_t bracket = text.rfind(')');
  if (bracket == std::string::npos) return std::nullopt;
  std::istringstream fields(text.substr(bracket + 1));
  std::string word;
  Stat stat;
  for (int field = 3; fields >> word; ++field) {
    if (field == 14 || field == 15) stat.cpu_ticks += std::stod(word);
    if (field == 22) stat.start_ticks = std::stod(word);
    if (field == 23) stat.virtual_bytes = std::stod(word);
    if (field == 24) {
      stat.resident_pages = std::stod(word);
      return stat;
    }
  }
  return std::nullopt;
}

/// Seconds since 1970 at which the machine started.
std::optional<double> boot_time() {
  std::ifstream file("/proc/stat");
  std::string word;
  while (file >> word) {
    double seconds = 0;
    if (word == "btime" && file >> seconds) return seconds;
  }
  return std::nullopt;
}

std::optional<double> open_descriptors() {
  std::error_code error;
  std::filesystem::directory_iterator entries("/proc/self/fd", error);
  double count = 0;
  while (!error && entries != std::filesystem::directory_iterator()) {
    ++count;
    (void)entries.increment(error);
  }
  if (error) return std::nullopt;
  return count - 1;  // the one that lists them
}

class ProcessMetrics final : public prometheus::Collectable {
 public:
  std::vector<prometheus::MetricFamily> Collect() const override {
    std::vector<prometheus::MetricFamily> out;
    const auto add = [&](const char* name, const char* help, prometheus::MetricType type, double value) {
      prometheus::ClientMetric metric;
      metric.gauge.value = value;
      metric.counter.value = value;
      out.push_back({name, help, type, {std::move(metric)}});
    };
    const auto gauge = prometheus::MetricType::Gauge;
    if (const auto stat = read_stat()) {
      const double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
      const double page = static_cast<double>(sysconf(_SC_PAGESIZE));
      add("process_cpu_seconds_total", "CPU time spent.", prometheus::MetricType::Counter,
          stat->cpu_ticks / ticks);
      add("process_resident_memory_bytes", "Resident memory.", gauge, stat->resident_pages * page);
      add("process_virtual_memory_bytes", "Virtual memory.", gauge, stat->virtual_bytes);
      if (const auto boot = boot_time())
        add("process_start_time_seconds", "When the process started.", gauge,
            *boot + stat->start_ticks / ticks);
    }
    if (const auto descriptors = open_descriptors())
      add("process_open_fds", "Open file descriptors.", gauge, *descriptors);
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
      add("process_max_fds", "How many file descriptors may be open.", gauge,
          static_cast<double>(limit.rlim_cur));
    return out;
  }
};

}  // namespace

std::shared_ptr<prometheus::Collectable> process_metrics() { return std::make_shared<ProcessMetrics>(); }

}  // namespace countersign
