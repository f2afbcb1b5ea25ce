// SPDX-License-Identifier: Apache-2.0
// Does a rule hold for an event? The reference for every faster way to find out. Pure but for the view's
// caches.
#pragma once

#include "rules/compiled_rule.h"
#include "rules/event_view.h"

namespace countersign {

bool evaluate(const CompiledRule& rule, EventView& event);
bool evaluate(const Expression& expression, const CompiledRule& rule, EventView& event);
bool evaluate(const Selection& selection, EventView& event);
bool evaluate(const Item& item, EventView& event);
/// One value of the item: any of its variants.
bool test_variants(const std::vector<LeafTest>& variants, const Item& item, EventView& event);

/// One test of an item: on the values of `field`, or (`keyword`) on every leaf value of the event.
bool test_leaf(const LeafTest& test, bool keyword, FieldId field, EventView& event);
/// The same on the value at `index` of the event alone.
bool test_value(const LeafTest& test, EventView& event, std::uint32_t index);

}  // namespace countersign
