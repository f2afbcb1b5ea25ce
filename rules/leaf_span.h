// SPDX-License-Identifier: Apache-2.0
// What is asked of a test beyond its outcome, for explanations alone: where in a value it holds, and how it
// would be without regard to case. Pure but for the view's caches.
#pragma once

#include <optional>

#include "rules/compiled_rule.h"
#include "rules/event_view.h"
#include "rules/text_span.h"

namespace countersign {

/// The bytes of the value at `index` of the event that the test found. Empty: none, because the test does not
/// look at the value as a text, or does not hold for it.
std::optional<TextSpan> span_of(const LeafTest& test, EventView& event, std::uint32_t index);

/// The test without regard to case; empty when it has none already.
std::optional<LeafTest> without_case(const LeafTest& test);

}  // namespace countersign
