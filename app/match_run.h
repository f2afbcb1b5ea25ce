// SPDX-License-Identifier: Apache-2.0
// `countersign match`: rules over files, matches in input order whatever the number of jobs. One call at a
// time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "ingest/detector.h"
#include "rules/plan/plan.h"

namespace countersign {

struct MatchRunOptions {
  std::vector<std::string> files;  // `-` is standard input
  std::size_t jobs = 1;
  bool lines = true;  // false: only count
  DetectorOptions detector;
};

struct MatchTotals {
  std::uint64_t events = 0;
  std::uint64_t matches = 0;
  std::uint64_t messages = 0;
  std::uint64_t dead_letters = 0;
  std::uint64_t bytes = 0;  // of the messages
  bool all_read = true;     // false: an input could not be opened or not be read to its end

  void add(const MatchTotals& other);  // of other messages
};

/// Called from any thread, but never two calls of one function at a time.
struct MatchOutput {
  std::function<bool(std::string_view)> write;       // whole lines, in order; false ends early
  std::function<void(const std::string&)> complain;  // of an input; the others are still read
  std::function<void(const RuleCosts&)> costs{};     // of each job at its end; empty: rules are not measured
};

MatchTotals run_match_files(std::shared_ptr<const Plan> plan, std::shared_ptr<const PackSet> packs,
                            const MatchRunOptions& options, const Clock& clock, const MatchOutput& output);

}  // namespace countersign
