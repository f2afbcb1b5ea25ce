// SPDX-License-Identifier: Apache-2.0
// A text that two tests share exactly when they hold for the same values. Pure; any thread.
#pragma once

#include <string>

#include "rules/plan/rule_graph.h"

namespace countersign {

std::string predicate_key(const Predicate& predicate);

}  // namespace countersign
