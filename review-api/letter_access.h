// SPDX-License-Identifier: Apache-2.0
// What the API needs of whoever decodes messages, which it may not know itself: what today's packs say of a
// dead letter, and that a replay waits. Plain values; the functions from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/event.h"
#include "core/hash.h"
#include "core/log_source.h"
#include "core/time.h"
#include "store/dead_letter.h"

namespace countersign {

/// Of one explanation; what is beyond is only counted.
inline constexpr std::size_t kExplainedEventsMax = 16;
inline constexpr std::size_t kExplainedFieldsMax = 64;
inline constexpr std::size_t kExplainedValueBytesMax = 256;

/// What decoding a letter comes to now.
struct LetterExplanation {
  struct Event {
    std::uint32_t index = 0;
    std::string pack;
    std::vector<LogSource> log_sources;
    Timestamp time{};
    TimeSource time_source = TimeSource::Ingestion;
    std::vector<std::pair<std::string, std::string>> fields;  // at most kExplainedFieldsMax
    std::size_t fields_total = 0;
  };
  struct Failure {
    std::optional<std::uint32_t> index;
    std::string reason;
    std::string message;  // which step, at which byte, the value and the limit
  };
  /// A shape of a pack that does not know the message, and comes close to it.
  struct Near {
    std::string pack;
    std::string shape;
    std::string reason;  // the first condition that does not hold
  };
  Hash256 packs;
  std::vector<std::string> steps;  // layers that were entered, from the outside to the inside; bounded
  std::vector<Near> near;          // the closest first; bounded
  bool decodes = false;            // a replay would mark the letter as replayed
  std::vector<Event> events;
  std::size_t events_total = 0;
  std::vector<Failure> failures;
  std::size_t failures_total = 0;
};

struct LetterAccess {
  std::function<LetterExplanation(const StoredDeadLetter&)> explain;  // may be empty
  std::function<void()> replay_begun;  // may be empty: nothing here reads messages
};

}  // namespace countersign
