// SPDX-License-Identifier: Apache-2.0
// What the fuzzers share. A finding is an abort (invariant()) or what a sanitizer says. One thread.
#pragma once

#include <cstdint>
#include <ctime>
#include <iostream>
#include <string_view>
#include <vector>

#include "core/invariant.h"
#include "rules/interpreter.h"
#include "rules/loader.h"
#include "rules/matcher.h"
#include "tests/unit/ingest/wide_event.h"

namespace countersign::fuzz {

/// What each fuzzer is: tries one input.
void run(std::string_view input);

using testing::class_of_all;

inline std::shared_ptr<const Plan> plan_of(const std::shared_ptr<const RuleSet>& rules,
                                           const std::vector<const EventClass*>& classes,
                                           const std::filesystem::path& cache_folder = {}) {
  auto plan = Plan::build(rules, classes, cache_folder);
  invariant(plan.has_value());
  return *plan;
}

/// One input may take this much of the processor; what libFuzzer limits is the clock's time, of which a busy
/// machine needs more.
class CpuLimit {
 public:
  CpuLimit() = default;
  CpuLimit(const CpuLimit&) = delete;
  CpuLimit& operator=(const CpuLimit&) = delete;
  ~CpuLimit() { invariant(std::clock() - start_ < 5 * CLOCKS_PER_SEC); }

 private:
  std::clock_t start_ = std::clock();
};

/// Interpreter and plan side by side.
class BothEngines {
 public:
  explicit BothEngines(const std::shared_ptr<const Plan>& plan)
      : matcher_(plan), interpreter_(plan->rules()) {}

  /// What both find; else says what one finds and the other does not, and aborts.
  const std::vector<std::uint32_t>& match(const Event& event) {
    matcher_.match(event, found_);
    interpreter_.match(event, expected_);
    if (found_ == expected_) return expected_;
    for (const std::uint32_t rule : found_) std::cerr << "plan: " << title(rule) << "\n";
    for (const std::uint32_t rule : expected_) std::cerr << "interpreter: " << title(rule) << "\n";
    invariant(found_ == expected_);
    return expected_;
  }

 private:
  const std::string& title(std::uint32_t rule) const { return matcher_.rules()->rules()[rule].title; }

  Matcher matcher_;
  Interpreter interpreter_;
  std::vector<std::uint32_t> found_;
  std::vector<std::uint32_t> expected_;
};

}  // namespace countersign::fuzz
