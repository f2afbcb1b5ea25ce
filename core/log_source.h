// SPDX-License-Identifier: Apache-2.0
// What a pack says about a class of events: which Sigma log sources they belong to and how their alerts are
// grouped. Immutable, owned by the pack set, shared by all threads while the pack set lives.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace countersign {

/// A Sigma log source (specification 2.1, "LogSource"). Empty = not named. Lower case.
struct LogSource {
  std::string product;
  std::string category;
  std::string service;
  bool operator==(const LogSource&) const = default;
};

/// True when each attribute that `rule` names equals the one of `event`.
inline bool covers(const LogSource& rule, const LogSource& event) {
  return (rule.product.empty() || rule.product == event.product) &&
         (rule.category.empty() || rule.category == event.category) &&
         (rule.service.empty() || rule.service == event.service);
}

/// One per distinct outcome of a pack. An event may belong to several log sources at once: a registry value
/// set is `registry_set` and `registry_event`. Detection keeps tables by the address of this object.
struct EventClass {
  std::string pack;                    // name of the pack that decided
  std::vector<LogSource> log_sources;  // empty: unknown; only rules without a log source could apply
  std::vector<std::string> group_by;   // default group key: field names, first to last (semantics.md §4)
};

/// True when the rule's log source covers one of the event's.
inline bool covers(const LogSource& rule, const EventClass& event) {
  return std::any_of(event.log_sources.begin(), event.log_sources.end(),
                     [&](const LogSource& source) { return covers(rule, source); });
}

}  // namespace countersign
