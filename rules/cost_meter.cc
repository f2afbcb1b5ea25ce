// SPDX-License-Identifier: Apache-2.0
#include "rules/cost_meter.h"

namespace countersign {
namespace {

using std::chrono::nanoseconds;

nanoseconds processor_time() {
  timespec time{};
  if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) != 0) return {};
  return std::chrono::seconds{time.tv_sec} + nanoseconds{time.tv_nsec};
}

template <class Clock>
nanoseconds time_of_a_look() {
  nanoseconds least = std::chrono::seconds{1};
  for (int i = 0; i < 100; ++i) {
    const auto before = Clock::now();
    least = std::min<nanoseconds>(least, Clock::now() - before);
  }
  return least;
}

}  // namespace

CostMeter::CostMeter(std::size_t rules, std::size_t groups, std::uint32_t interval)
    : interval_(interval), until_timed_(interval), look_(time_of_a_look<Clock>()) {
  costs_.rules.resize(rules);
  costs_.group_events.resize(groups);
  costs_.seen.reserve(rules);
}

void CostMeter::start() {
  processor_start_ = processor_time();
  start_ = Clock::now();
}

void CostMeter::start_laps() {
  // A lap for nobody: so seldom used, the stopwatch itself has left the cache, which is no rule's fault.
  last_ = Clock::now();
  lap(0);
  laps_.clear();
}

void CostMeter::lap(std::uint32_t rule) {
  const Clock::time_point now = Clock::now();
  laps_.emplace_back(rule, std::max<nanoseconds>(now - last_ - look_, nanoseconds{0}));
  last_ = now;
}

void CostMeter::finish() {
  // While the thread waits for a processor the clock goes on. What it says of each rule is brought down by
  // the part of the event's time that was processor time, so that a busy machine makes no rule look
  // expensive.
  const nanoseconds passed = Clock::now() - start_;
  const nanoseconds processor = processor_time() - processor_start_;
  const double part = processor >= passed
                          ? 1.0
                          : static_cast<double>(processor.count()) / static_cast<double>(passed.count());
  for (const auto& [rule, time] : laps_) {
    const nanoseconds own{static_cast<std::int64_t>(static_cast<double>(time.count()) * part)};
    RuleCost& cost = costs_.rules[rule];
    ++cost.timed;
    cost.time += own;
    cost.longest = std::max(cost.longest, own);
  }
}

void CostMeter::clear() {
  for (const std::uint32_t rule : costs_.seen) costs_.rules[rule] = {};
  costs_.seen.clear();
  std::fill(costs_.group_events.begin(), costs_.group_events.end(), 0);
}

}  // namespace countersign
