// SPDX-License-Identifier: Apache-2.0
// Walks the values of a JSON text into an event by the places of its parts (json_structure.h). The grammar is
// checked on the way: what is walked over is JSON. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/event.h"
#include "ingest/decode_limits.h"

namespace countersign {

class JsonWalker {
 public:
  JsonWalker(const DecodeLimits& limits, std::string_view json, std::span<const std::uint32_t> places,
             Event& event)
      : limits_(limits),
        json_(json),
        next_(places.data()),
        end_(places.data() + places.size()),
        event_(event) {}

  /// The first byte of the next part; NUL at the end.
  char peek() const { return at_end() ? '\0' : json_[*next_]; }
  /// Offset of the next part; the size of the text at the end.
  std::size_t offset() const { return at_end() ? json_.size() : *next_; }
  bool at_end() const { return next_ == end_; }
  void step() { ++next_; }

  /// Reads the object that comes next into the event, which it clears. False: failure(). When not broken(),
  /// the object's end is still where the brackets say.
  bool read_event();
  /// Steps over the value that comes next, by its brackets, and gives its bytes.
  std::string_view skip_value();

  /// Of the event read last, but for what others add to it.
  RawForm raw_form() const { return disguised_ ? RawForm::Other : RawForm::PlainJson; }

  const DecodeFailure& failure() const { return *failure_; }
  /// True: the text itself is no JSON, and nothing behind this can be trusted.
  bool broken() const { return broken_; }
  /// Notes that no value or end can stand here; false.
  bool break_off(std::string_view what, std::size_t offset);
  bool reject(std::string_view reason, std::string message);

 private:
  /// Names of members of one container: `prefix` ends with a dot, or is empty at the top.
  struct Scope {
    std::string_view prefix;
    std::string_view name;  // of the container itself: elements of an array have it
    std::uint16_t depth = 0;
    bool blank = false;  // one stands in the name
  };

  bool object(const Scope& scope);
  bool array(const Scope& member);
  bool value(const Scope& member);
  bool string(const Scope& member);
  bool scalar(const Scope& member);
  bool text(std::string_view& content);
  bool name_member(std::string_view key, Scope& member);
  Scope inside(const Scope& member);
  void add_without_blanks(const Scope& member, const Value& value);
  bool container(const Scope& member, ValueType type);
  bool enter();
  bool count(std::size_t& counter, std::string_view what) {
    return ++counter <= limits_.fields_max || reject_count(what);
  }
  bool reject_count(std::string_view what);

  const DecodeLimits& limits_;
  std::string_view json_;
  const std::uint32_t* next_;
  const std::uint32_t* end_;
  Event& event_;
  std::size_t leaves_ = 0;
  std::size_t containers_ = 0;
  std::size_t level_ = 0;
  std::optional<DecodeFailure> failure_;
  bool disguised_ = false;  // some JsonString of this event
  bool broken_ = false;
};

}  // namespace countersign
