// SPDX-License-Identifier: Apache-2.0
// Events as if they came from every log source at once, so that all rules meet all events.
#pragma once

#include <algorithm>

#include "core/event.h"
#include "rules/rule_set.h"

namespace countersign::testing {

/// Belongs to the log source of every rule.
inline EventClass class_of_all(const RuleSet& rules) {
  EventClass all{"all", {}, {}};
  for (const RuleInfo& rule : rules.rules())
    if (std::find(all.log_sources.begin(), all.log_sources.end(), rule.log_source) == all.log_sources.end())
      all.log_sources.push_back(rule.log_source);
  return all;
}

/// Fills `wide` with a copy of the event that is of the class `all`; its texts are the event's.
inline void widen(const Event& event, const EventClass& all, Event& wide) {
  wide.clear();
  for (const Field& field : event.fields()) wide.add(field.name, field.value, field.depth, field.alias);
  wide.set_event_class(&all);
  wide.set_raw(event.raw(), event.raw_form());
}

}  // namespace countersign::testing
