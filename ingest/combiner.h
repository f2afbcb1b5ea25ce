// SPDX-License-Identifier: Apache-2.0
// Folds the matches of one rule with one group key into one signal (semantics.md §5): count, first, last, the
// smallest and largest events, the first in input order, the entities. The result does not depend on the
// order of events, but for what is said of the first. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/event.h"
#include "core/message.h"
#include "core/report.h"

namespace countersign {

/// An event that matched, with what is costly to know of it, made once however many rules it matches.
class MatchedEvent {
 public:
  MatchedEvent(const Event& event, const Message& message, std::uint32_t index)
      : event_(event), message_(message), index_(index) {}

  const Event& event() const { return event_; }
  const Message& message() const { return message_; }
  std::uint32_t index() const { return index_; }
  const Hash256& hash();
  SampleEvent sample();
  std::vector<Entity> entities() const;

 private:
  const Event& event_;
  const Message& message_;
  std::uint32_t index_;
  std::optional<Hash256> hash_;
};

class Combiner {
 public:
  struct Added {
    Signal* signal = nullptr;  // until the next call
    bool fresh = false;        // the event is its first: the caller sets what is said of that one
  };
  /// `identity` and `parts` as GroupKeys makes them; `parts` is moved from when they are new.
  Added add(const RuleId& rule, const std::string& identity, std::vector<GroupKeyPart>& parts,
            MatchedEvent& event);

  /// The signals since the last call, in the order in which their keys came.
  std::vector<Signal> take();

 private:
  std::vector<Signal> signals_;
  std::unordered_map<std::string, std::size_t> by_identity_;
};

}  // namespace countersign
