// SPDX-License-Identifier: Apache-2.0
// How often a witness shows, as far as can be said without events. Only speed depends on it. Pure; any
// thread.
#pragma once

#include <string_view>

#include "rules/plan/witness.h"

namespace countersign {

/// The expected cost of a witness per event, in arbitrary units: its share of events times the cost of
/// looking at a rule, plus what finding it costs. `field` is the name of its field; empty for keywords.
double expected_cost(const Witness& witness, std::string_view field);

}  // namespace countersign
