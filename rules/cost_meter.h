// SPDX-License-Identifier: Apache-2.0
// Counts and times the rules of one Matcher. One thread, the Matcher's.
#pragma once

#include <ctime>
#include <utility>

#include "rules/rule_cost.h"

namespace countersign {

class CostMeter {
 public:
  CostMeter(std::size_t rules, std::size_t groups, std::uint32_t interval);

  /// An event of a group begins; true: its rules are to be timed.
  bool begin(std::size_t group) {
    ++costs_.group_events[group];
    if (--until_timed_ != 0) return false;
    until_timed_ = interval_;
    start();
    return true;
  }
  /// The rule is a candidate.
  RuleCost& candidate(std::uint32_t rule) {
    RuleCost& cost = costs_.rules[rule];
    if (cost.candidates++ == 0) costs_.seen.push_back(rule);
    return cost;
  }

  // Of an event that is timed: start_laps() before the first candidate, lap() after each, finish().
  void start_laps();
  void lap(std::uint32_t rule);
  void finish();

  const RuleCosts& costs() const { return costs_; }
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  void start();

  std::uint32_t interval_;
  std::uint32_t until_timed_;
  std::chrono::nanoseconds look_;  // what one look at the clock takes
  std::chrono::nanoseconds processor_start_{};
  Clock::time_point start_;
  Clock::time_point last_;
  std::vector<std::pair<std::uint32_t, std::chrono::nanoseconds>> laps_;
  RuleCosts costs_;
};

}  // namespace countersign
