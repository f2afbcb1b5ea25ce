// SPDX-License-Identifier: Apache-2.0
// An explanation as people read it. Texts from rules and events stand in lines of their own and
// are cut, but not made harmless for a terminal: printable() of app/terminal.h does that. Pure; any thread.
#pragma once

#include <string>

#include "rules/explain.h"

namespace countersign {

/// Why the event does not match, the selections and all their tests; each line indented by two.
std::string explanation_text(const Explanation& explanation);

/// What keeps the event from matching first, in one line; empty when it matches.
std::string first_obstacle(const Explanation& explanation);

}  // namespace countersign
