// SPDX-License-Identifier: Apache-2.0
// Runs packs: gives the values of a decoded message their further names, finds its class and its time. One
// thread owns a PackRunner; the packs are shared and outlive the events.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/event.h"
#include "core/ids.h"
#include "ingest/decode_limits.h"
#include "ingest/json_decoder.h"
#include "ingest/pack_chooser.h"
#include "ingest/pack_program.h"
#include "ingest/pack_set.h"

namespace countersign {

class PackRunner {
 public:
  /// With `asked`, names that every event of a pack may get are given by apply() only when they are among
  /// these, and by complete() when they are not.
  PackRunner(std::shared_ptr<const PackSet> packs, DecodeLimits limits,
             const std::vector<FieldKey>* asked = nullptr, TimeZone zone = {});

  /// Adds names, class and time. `now` is the time of ingestion. A failure is bad_time.
  std::optional<DecodeFailure> apply(const PackChoice& choice, Timestamp append_time, Timestamp now,
                                     Event& event);

  /// Adds the names that apply() has left out.
  void complete(const PackChoice& choice, Event& event);

  /// What the wrapper `choice` says of what it carries. Views into `event` and the pack.
  void outer_fields(const PackChoice& choice, Event& event, std::uint16_t depth,
                    std::vector<OuterField>& out);

  /// What the classes came to in the last apply().
  const ClassOutcome* outcome() const { return outcome_; }

  /// Where apply() and complete() note the names that they give, or null.
  void trace(DecodeTrace::Found* found) { found_ = found; }

 private:
  /// The names that every event of a pack may get: which are given at once, and which when they are needed.
  struct Names {
    std::vector<const FieldMap*> now;
    std::vector<const FieldMap*> later;
  };
  static Names split(const Pack& pack, const std::vector<FieldKey>* asked);

  void add_wrapper_name(const Shape& shape, Event& event) const;
  void unpack(const Shape& shape, Event& event);
  bool unpack_document(const Embedded& embedded, std::string_view text, std::size_t index, Event& event);
  void lift(const Shape& shape, Event& event) const;
  /// Collects the values of `map` in values_; gives the field that they come from.
  std::string_view look_up(const FieldMap& map, const Pack& pack, Event& event);
  std::string_view join(const FieldMap& map, const Pack& pack, Event& event);
  void map(const FieldMap& map, const Pack& pack, Event& event);
  /// Writes down what map() found, for those who ask.
  void note(const FieldMap& map, std::string_view source);
  const ClassOutcome* classify(const Pack& pack, const Event& event);

  /// A document inside a field: what it is read with and its fields live as long as the event.
  struct Inner {
    explicit Inner(const DecodeLimits& limits) : json(limits) {}
    JsonDecoder json;
    Event event;
  };

  std::shared_ptr<const PackSet> packs_;
  std::unordered_map<const Pack*, Names> names_;
  DecodeLimits limits_;
  TimeZone zone_;               // of times without one, for packs that name none
  std::deque<Inner> embedded_;  // in the order of a shape
  const ClassOutcome* outcome_ = nullptr;
  DecodeTrace::Found* found_ = nullptr;
  std::string folded_;         // scratch of classify and of tables
  std::vector<Value> values_;  // scratch of look_up
  std::string joined_;         // scratch of join
};

}  // namespace countersign
