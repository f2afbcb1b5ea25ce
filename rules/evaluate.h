// SPDX-License-Identifier: Apache-2.0
// Does a rule hold for an event? The reference for every faster way to find out. Pure but for the view's
// caches.
#pragma once

#include "rules/compiled_rule.h"
#include "rules/event_view.h"

namespace countersign {

bool evaluate(const CompiledRule& rule, EventView& event);

}  // namespace countersign
