// SPDX-License-Identifier: Apache-2.0
#include "app/demo_feed.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>
#include <vector>

#include "app/demo_background.h"
#include "app/demo_company.h"
#include "app/demo_scenarios.h"
#include "core/invariant.h"

namespace countersign {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr seconds kFirstScenarioAfter{1};
constexpr milliseconds kOpeningPause{4'500};  // 11 scenarios within the first minute
constexpr std::uint64_t kBrokenOneIn = 1'000;

/// Share of the working-day rate at this time, in percent.
std::uint64_t busy_percent(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::weekday weekday{std::chrono::sys_days{day}};
  const auto hour = std::chrono::floor<hours>(time - day).count();
  if (weekday == std::chrono::Saturday || weekday == std::chrono::Sunday || hour < 6 || hour >= 20) return 33;
  return hour < 8 || hour >= 17 ? 66 : 100;
}

}  // namespace

class DemoFeed::Impl {
 public:
  explicit Impl(const DemoFeedOptions& options)
      : options_(options), company_(options.seed), next_background_(options.start) {
    invariant(options.messages_per_second > 0);
    next_scenario_ = options.start + kFirstScenarioAfter;
  }

  std::string next(Timestamp& time) {
    // Whatever starts before the earliest waiting message may still produce one that is due earlier.
    while (waiting_.empty() || next_start() <= waiting_.front().message.time) start_next();
    std::pop_heap(waiting_.begin(), waiting_.end());
    DemoMessage message = std::move(waiting_.back().message);
    waiting_.pop_back();
    time = message.time;
    return break_sometimes(std::move(message.bytes));
  }

 private:
  struct Waiting {
    DemoMessage message;
    std::uint64_t order;
    // The heap's front is its largest element: the earliest message, and of equals the one made first.
    bool operator<(const Waiting& other) const {
      return message.time != other.message.time ? message.time > other.message.time : order > other.order;
    }
  };

  Timestamp next_start() const {
    return options_.attacks ? std::min(next_background_, next_scenario_) : next_background_;
  }

  void start_next() {
    std::vector<DemoMessage> made;
    if (next_start() == next_background_) {
      const std::uint64_t busy = busy_percent(next_background_);
      demo_background(company_, next_background_, busy / 2, made);
      const double each = 1e9 * 100.0 / (options_.messages_per_second * static_cast<double>(busy));
      const auto mean = static_cast<std::uint64_t>(each) * made.size();
      next_background_ +=
          nanoseconds(std::max<std::uint64_t>(1, mean * company_.random().between(200, 1'800) / 1'000));
    } else {
      start_scenario(made);
    }
    for (DemoMessage& message : made) {
      waiting_.push_back({std::move(message), order_++});
      std::push_heap(waiting_.begin(), waiting_.end());
    }
  }

  void start_scenario(std::vector<DemoMessage>& made) {
    const std::span<const DemoScenario> scenarios = demo_scenarios();
    const bool opening = scenarios_played_ < scenarios.size();
    const std::size_t which = opening ? scenarios_played_ : company_.random().below(scenarios.size());
    const std::uint64_t incident = opening ? 0 : company_.random().below(kDemoIncidents);
    scenarios[which].play(company_, incident, next_scenario_, made);
    ++scenarios_played_;
    next_scenario_ += scenarios_played_ < scenarios.size()
                          ? kOpeningPause
                          : milliseconds(company_.random().between(12'000, 45'000));
  }

  std::string break_sometimes(std::string bytes) {
    if (!company_.random().one_in(kBrokenOneIn)) return bytes;
    return demo_broken(company_.random(), std::move(bytes));
  }

  DemoFeedOptions options_;
  DemoCompany company_;
  std::vector<Waiting> waiting_;  // a heap
  std::uint64_t order_ = 0;
  Timestamp next_background_;
  Timestamp next_scenario_{};
  std::size_t scenarios_played_ = 0;
};

DemoFeed::DemoFeed(const DemoFeedOptions& options) : impl_(std::make_unique<Impl>(options)) {}
DemoFeed::~DemoFeed() = default;

std::string DemoFeed::next(Timestamp& time) { return impl_->next(time); }

}  // namespace countersign
