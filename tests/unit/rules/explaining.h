// SPDX-License-Identifier: Apache-2.0
// What must be true of each explanation. One thread.
#pragma once

#include <string>

#include "rules/explain.h"

namespace countersign::testing {

/// What contradicts itself in an explanation: outcomes of leaves, items, selections and the whole, and
/// obstacles. Empty: nothing.
std::string contradiction(const Explanation& explanation);

}  // namespace countersign::testing
