// SPDX-License-Identifier: Apache-2.0
// Which pack and shape know a decoded message or a line of text: in the order of the packs, then of the
// shapes. One thread owns a PackChooser; the packs are shared.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/event.h"
#include "core/ids.h"
#include "ingest/decode_limits.h"
#include "ingest/decode_trace.h"
#include "ingest/json_index.h"
#include "ingest/pack_program.h"
#include "ingest/pack_set.h"
#include "ingest/text_index.h"
#include "ingest/text_parser.h"

namespace countersign {

struct PackChoice {
  const Pack* pack = nullptr;
  const Shape* shape = nullptr;
  std::uint32_t number = 0;  // of a shape of JSON: in the index
};

/// A name that an event gets from what its message was wrapped in.
struct OuterField {
  std::string_view name;
  Value value;
  std::uint16_t depth = 0;
};

/// From here on depths are those of outer fields: they are found after everything that the event itself says.
/// The line's own syslog header has this one, wrappers have larger ones, the outermost the largest.
inline constexpr std::uint16_t kOuterDepth = 60'000;

class PackChooser {
 public:
  /// With `only`, other packs are asked for wrappers alone.
  PackChooser(std::shared_ptr<const PackSet> packs, std::string only, DecodeLimits limits);

  /// The shapes that know this JSON event, one after the other; begin with `after` empty. `candidates` is
  /// memory of the calls for one event.
  std::optional<PackChoice> next(const Event& event, const TopicName& topic,
                                 JsonIndex::Candidates& candidates,
                                 const std::optional<PackChoice>& after) const;

  /// The first pack and shape of text that accept `line`, which is decoded into `event`, with `outer` and the
  /// syslog header besides; without one, empty. `failure` is set when a shape accepts the text, but cannot
  /// read it.
  std::optional<PackChoice> choose_text(const TextLine& line, const TopicName& topic,
                                        std::span<const OuterField> outer, Event& event,
                                        std::optional<DecodeFailure>& failure);

  /// Where to write what was tried, or null; `layer` is the depth that it is tried at.
  void trace(DecodeTrace* trace, std::size_t layer) {
    trace_ = trace;
    layer_ = layer;
  }

 private:
  bool asks(const Pack& pack, const Shape& shape) const {
    return only_.empty() || pack.name == only_ || shape.is_wrapper();
  }
  /// A line as the parser of some shape has read it.
  struct TextReading {
    Event& event;
    std::optional<std::uint32_t> parser;  // none: it was not read yet
    TextRead read;
  };
  void read(const TextShape& entry, const TextLine& line, std::span<const OuterField> outer,
            TextReading& reading);
  const TextShape* first_text(const TextLine& line, const TopicName& topic, std::span<const OuterField> outer,
                              TextReading& reading);
  const TextShape* trace_text(const TextLine& line, const TopicName& topic, std::span<const OuterField> outer,
                              TextReading& reading);
  static bool accepts(const Shape& shape, const Event& event, std::string_view text, const TopicName& topic);
  void trace_refusal(const Pack& pack, const Shape& shape, const Event& event, std::string_view text,
                     const TopicName& topic) const;

  std::shared_ptr<const PackSet> packs_;
  std::string only_;
  DecodeLimits limits_;
  TextIndex::Scan scan_;
  std::unordered_map<std::uint32_t, PairNames> names_;  // by parser
  DecodeTrace* trace_ = nullptr;
  std::size_t layer_ = 0;
};

/// The header's parts as `log.syslog.…`.
void add_syslog_header(const SyslogHeader& header, Event& event);
void add_outer_fields(std::span<const OuterField> outer, Event& event);

/// True when the text is one of `folded`, without case.
bool is_one_of(std::string_view text, const std::vector<std::string>& folded);
bool holds(const FieldCondition& test, const Event& event);
/// The name of the only member of a message that is an object in an object; else empty.
std::string_view wrapper_of(const Event& event);

}  // namespace countersign
