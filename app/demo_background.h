// SPDX-License-Identifier: Apache-2.0
// What a quiet day in the demo company looks like. No message of it matches a rule of the shipped library,
// although many come near: a virus that was blocked, a threat that was removed, `vssadmin list shadows`. One
// thread.
#pragma once

#include <vector>

#include "app/demo_company.h"

namespace countersign {

/// Appends what one activity leaves behind, 1 to 5 messages, the first due at `time`. `people_busy` (0 … 100)
/// is the share of activities that people cause; the rest come from machines.
void demo_background(DemoCompany& company, Timestamp time, std::uint64_t people_busy,
                     std::vector<DemoMessage>& out);

/// A message that nothing can read, made of `bytes`: cut off or, when they are JSON, perhaps with bytes that
/// are not UTF-8 or framed for a schema registry.
std::string demo_broken(DemoRandom& random, std::string bytes);

}  // namespace countersign
