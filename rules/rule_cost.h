// SPDX-License-Identifier: Apache-2.0
// What rules cost a Matcher. Plain values; one thread.
//
// Time is the processor time of evaluating a rule once it is a candidate, taken on every `interval`-th event
// only. What several rules share is charged to the first that asks for it: a folded value, a test that
// another rule has too. The search for witnesses is shared by all and charged to none.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

namespace countersign {

/// How many events lie between two whose rules are timed, when nobody waits for figures.
inline constexpr std::uint32_t kCostInterval = 1'024;

struct RuleCost {
  std::uint64_t candidates = 0;   // events in which a witness showed; without witnesses all of its log source
  std::uint64_t evaluations = 0;  // of them those whose answer was not known yet
  std::uint64_t matches = 0;
  std::uint64_t timed = 0;             // candidates that were timed
  std::chrono::nanoseconds time{};     // that those took together
  std::chrono::nanoseconds longest{};  // of them

  void add(const RuleCost& other) {
    candidates += other.candidates;
    evaluations += other.evaluations;
    matches += other.matches;
    timed += other.timed;
    time += other.time;
    longest = std::max(longest, other.longest);
  }
};

/// Most rules are no candidate in a batch: adding up costs no time for those.
struct RuleCosts {
  std::vector<RuleCost> rules;              // by index of the rule
  std::vector<std::uint64_t> group_events;  // by place in Plan::groups(): how many events it was asked for
  std::vector<std::uint32_t> seen;          // rules that were a candidate, each once

  /// REQUIRES: both are of one plan, or this one is empty.
  void add(const RuleCosts& other);
};

}  // namespace countersign
