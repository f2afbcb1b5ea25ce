// SPDX-License-Identifier: Apache-2.0
// What a decoder did with one message, step by step, for people (`packs explain`). Plain values; filled only
// when somebody asks, by one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/event.h"

namespace countersign {

struct DecodeTrace {
  /// A layer that was entered or left, in order: "syslog header: …", "JSON", "wrapper rsyslog of pack
  /// shippers".
  struct Step {
    std::size_t layer = 0;
    std::string text;
  };
  /// A shape that does not know the message.
  struct Refusal {
    std::size_t layer = 0;
    std::string pack;
    std::string shape;
    std::string reason;     // the first condition of the alternative that came closest
    std::size_t held = 0;   // conditions of that alternative that hold
    std::size_t asked = 0;  // and how many it has
  };
  /// A name that a pack gave.
  struct Name {
    std::string name;
    std::string value;
    std::string source;  // field it comes from; empty: a constant
  };
  struct Found {
    std::size_t layer = 0;
    std::uint32_t index = 0;
    std::string pack;
    std::string shape;
    std::string time_field;  // empty: none could be read
    std::vector<Name> names;
    std::vector<std::string> missing;  // names without a value, each with the fields that are not there
    std::string unread_time;           // a time field that is there and cannot be read, with its value
  };

  std::vector<Step> steps;
  std::vector<Refusal> refusals;
  std::vector<Found> events;
};

}  // namespace countersign
