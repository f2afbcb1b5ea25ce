// SPDX-License-Identifier: Apache-2.0
// What goes wrong in the demo company: attacks and mishaps, each known to trigger certain rules of the
// shipped library. One thread.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "app/demo_company.h"

namespace countersign {

/// How many different places a scenario can happen in. The same incident number gives the same machine,
/// person and addresses, so that playing it again raises the counts of alerts that are open instead of
/// opening more.
inline constexpr std::uint64_t kDemoIncidents = 4;

struct DemoScenario {
  std::string_view name;
  std::span<const std::string_view> rules;  // ids of the rules that it triggers, and no others
  void (*play)(DemoCompany&, std::uint64_t incident, Timestamp start, std::vector<DemoMessage>& out);
};

/// In the order in which the feed shows them first.
std::span<const DemoScenario> demo_scenarios();

}  // namespace countersign
