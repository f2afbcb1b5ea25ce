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
#include "ingest/json_names.h"

namespace countersign {

class JsonWalker {
 public:
  /// The names of what is read live in `names`, until it is trimmed by the next read_event().
  JsonWalker(const DecodeLimits& limits, std::string_view json, std::span<const std::uint32_t> places,
             JsonNames& names, Event& event)
      : limits_(limits),
        names_(names),
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
  using Name = JsonNames::Name;

  /// `depth`: containers above the members of the object, above the value.
  bool object(Name& name, std::uint16_t depth);
  bool array(Name& name, std::uint16_t depth);
  bool value(Name& name, std::uint16_t depth);
  bool string(const Name& name, std::uint16_t depth);
  bool scalar(const Name& name, std::uint16_t depth);
  bool text(std::string_view& content);
  bool unusual_text(std::string_view& content);
  bool stands_next(const Name& name) const;
  Name* member(Name& parent, JsonNames::Guesses& guesses);
  Name* read_member(Name& parent);
  bool container(const Name& name, std::uint16_t depth, ValueType type);
  bool enter();
  bool count(std::size_t& counter, std::string_view what) {
    return ++counter <= limits_.fields_max || reject_count(what);
  }
  bool reject_count(std::string_view what);

  const DecodeLimits& limits_;
  JsonNames& names_;
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
