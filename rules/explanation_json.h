// SPDX-License-Identifier: Apache-2.0
// An explanation as programs read it (docs/rule-authors.md, "Explanations as JSON"). Equal explanations have
// equal bytes. Pure; any thread.
#pragma once

#include <string>

#include "rules/explain.h"

namespace countersign {

/// The members of a JSON object without its braces: "matches", "log_source", "conditions", "filters",
/// "why_not", "selections". Nothing is cut.
std::string explanation_members(const Explanation& explanation);

/// A JSON object of the same members and "truncated", at most kExplanationBytesMax bytes. Texts that are too
/// long for it are cut; then selections lose their tests, those that do not hold first ("alternatives":
/// null); then the lists end early.
std::string bounded_explanation_json(const Explanation& explanation);

}  // namespace countersign
