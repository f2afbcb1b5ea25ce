// SPDX-License-Identifier: Apache-2.0
// The explanation of an alert, read back from its JSON. Pure; any thread.
#pragma once

#include <string_view>

#include "core/result.h"
#include "rules/explain.h"

namespace countersign {

/// What bounded_explanation_json() wrote. A selection whose tests were left out has no alternatives; numbers
/// have the type Double whatever they are. Malformed: `json` is no such object.
Result<Explanation> read_explanation(std::string_view json);

}  // namespace countersign
