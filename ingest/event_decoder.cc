// SPDX-License-Identifier: Apache-2.0
#include "ingest/event_decoder.h"

#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "ingest/event_fields.h"
#include "ingest/event_key.h"
#include "ingest/foreign_framing.h"
#include "ingest/formats/syslog.h"
#include "ingest/formats/text_fields.h"
#include "ingest/json_decoder.h"
#include "ingest/json_scalar.h"
#include "ingest/json_split.h"
#include "ingest/pack_chooser.h"
#include "ingest/pack_runner.h"

namespace countersign {
namespace {

constexpr std::size_t kUnwrapMax = 3;  // wrappers around one event
/// What is said further inside is found first.
constexpr std::uint16_t outer_depth(std::size_t level) {
  return static_cast<std::uint16_t>(kOuterDepth + kUnwrapMax + 1 - level);
}
constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

DeadLetter dead_letter(const Message& message, DecodeFailure failure) {
  DeadLetter letter;
  letter.offset = message.offset;
  letter.reason = failure.reason;
  letter.message = std::move(failure.message);
  letter.bytes = message.bytes;
  letter.truncated = message.truncated;
  letter.length = message.truncated ? message.length : message.bytes.size();
  letter.hash = message.truncated ? message.hash : sha256(message.bytes);
  letter.append_time = message.append_time;
  return letter;
}

/// A colon that a wrong syslog template leaves in front of JSON.
std::string_view without_stray_colon(std::string_view text) {
  if (!text.starts_with(':')) return text;
  const std::string_view rest = trim_blanks(text.substr(1));
  return rest.starts_with('{') || rest.starts_with('[') ? rest : text;
}

/// Line ends and NULs at the end of a line that a relay wrote as octal numbers (rsyslog's #015), or left as
/// they are.
std::string_view without_control_end(std::string_view text) {
  constexpr std::size_t kEscape = 4;
  for (;;) {
    while (!text.empty() && (text.back() == '\0' || kBlanks.find(text.back()) != std::string_view::npos))
      text.remove_suffix(1);
    if (text.size() < kEscape) return text;
    const std::string_view end = text.substr(text.size() - kEscape);
    if (end != "#000" && end != "#012" && end != "#013" && end != "#015") return text;
    text.remove_suffix(kEscape);
  }
}

bool looks_like_json(std::string_view text) { return text.starts_with('{') || text.starts_with('['); }

}  // namespace

class EventDecoder::Impl {
 public:
  Impl(std::shared_ptr<const PackSet> packs, EventDecoderOptions options)
      : options_(std::move(options)),
        chooser_(packs, options_.pack, options_.limits),
        runner_(std::move(packs), options_.limits, options_.asked, options_.zone) {
    layers_.emplace_back(options_.limits);
  }

  bool decode(const Message& message, const TopicName& topic, Timestamp now, EventSink& sink,
              DecodeTrace* trace) {
    call_ = {&message, &topic, now, &sink, 0, false, {}, true, trace};
    outer_.clear();
    specific_only_ = false;
    auto failure = check_size(message);
    if (!failure) {
      std::string_view text = message.bytes;
      if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
      const std::size_t first = text.find_first_not_of(kBlanks);
      if (first == std::string_view::npos) {
        failure = DecodeFailure{
            "empty", fmt::format("the message holds nothing but {} blank bytes", message.bytes.size())};
      } else {
        failure = container(text, first);
      }
    }
    if (failure) sink.take(dead_letter(message, std::move(*failure)));
    return !failure && call_.whole;
  }

  const VendorAlertRule* vendor_alert() const { return runner_.outcome()->vendor_alert.get(); }
  std::optional<EventKey> duplicate_key(std::uint32_t index) {
    const Layer& read = layers_[at_];
    return event_key(*read.choice.pack, *runner_.outcome(), read.event, index, key_text_, key_hash_);
  }
  void complete() { runner_.complete(layers_[at_].choice, layers_[at_].event); }

 private:
  /// What a message was wrapped in, from the outside to the inside; the last layer that was read is the
  /// event.
  struct Layer {
    explicit Layer(const DecodeLimits& limits) : json(limits) {}
    JsonDecoder json;
    Event event;
    PackChoice choice;
    JsonIndex::Candidates candidates;
    JsonSplitter splitter;
  };

  struct Call {
    const Message* message = nullptr;
    const TopicName* topic = nullptr;
    Timestamp now{};
    EventSink* sink = nullptr;
    std::uint32_t index = 0;   // of the next event
    bool many = false;         // the message holds a list
    std::string_view element;  // bytes of the member of a list that is being read; empty: none
    bool whole = true;         // false: its only event became a dead letter
    DecodeTrace* trace = nullptr;
  };

  std::optional<DecodeFailure> check_size(const Message& message) const {
    if (message.null) return DecodeFailure{"null", "the record has no value (a tombstone)"};
    const std::uint64_t length = message.truncated ? message.length : message.bytes.size();
    if (message.truncated || length > options_.message_bytes_max) {
      return DecodeFailure{"too_large", fmt::format("the message has {} bytes, the limit is {}", length,
                                                    options_.message_bytes_max)};
    }
    return std::nullopt;
  }

  /// A failure is one of the whole message, of which nothing was given to the sink.
  std::optional<DecodeFailure> container(std::string_view text, std::size_t first) {
    std::optional<DecodeFailure> json_failure;
    const std::string_view object = without_stray_colon(text.substr(first));
    if (looks_like_json(object)) {
      json_failure = json(object, 0);
      if (!json_failure) return std::nullopt;
    }
    text.remove_suffix(text.size() - 1 - text.find_last_not_of(kBlanks));
    std::optional<DecodeFailure> failure;
    if (plain(text, 0, failure)) return failure;
    // Asked only now: a first byte that also starts a protobuf message may start a line of text.
    if (auto framing = describe_foreign_framing(call_.message->bytes))
      return DecodeFailure{"framed", std::move(*framing)};
    if (json_failure) return json_failure;
    if (const auto at = find_invalid_utf8(text))
      return DecodeFailure{"bad_utf8", fmt::format("byte {} of {} is not valid UTF-8", *at, text.size())};
    return no_pack();
  }

  Layer& layer(std::size_t level) {
    while (layers_.size() <= level) layers_.emplace_back(options_.limits);
    return layers_[level];
  }

  /// JSON at `level`. A failure: it is none, and nothing was given to the sink.
  std::optional<DecodeFailure> json(std::string_view text, std::size_t level) {
    Layer& here = layer(level);
    step(level, "JSON");
    bool first = true;
    bool refused = false;
    const auto each = [&](const JsonElement& element) {
      if (first) refused = specific_only_ && element.failure == nullptr && !is_specific(here);
      first = false;
      if (refused) return;
      const std::string_view outer_element = call_.element;
      if (element.of_array) {
        call_.many = true;
        call_.element = element.raw;
      }
      if (element.failure != nullptr) {
        reject(*element.failure);
      } else {
        json_event(here, level);
      }
      call_.element = outer_element;
    };
    // By reference: a std::function of the lambda itself would allocate for each message.
    auto failure = here.json.decode(text, here.event, std::ref(each));
    if (refused) return no_pack();
    return failure;
  }

  /// Whether a shape knows it that does not know everything.
  bool is_specific(Layer& here) const {
    const auto choice = chooser_.next(here.event, *call_.topic, here.candidates, std::nullopt);
    return choice && !choice->shape->any.empty();
  }

  void json_event(Layer& here, std::size_t level) {
    add_outer_fields(outer_, here.event);
    const bool specific_only = std::exchange(specific_only_, true);
    JsonChoice choice = choose_json(here, level);
    // What knows every object comes last: around what is carried, then in it, then around it again.
    if (!choice.done && !choice.specific() && choice.wrapped) {
      specific_only_ = false;
      choice = choose_json(here, level);
    }
    specific_only_ = specific_only;
    if (choice.done) return;
    if (choice.pack.pack == nullptr) return reject(no_pack());
    here.choice = choice.pack;
    finish(here, level);
  }

  struct JsonChoice {
    PackChoice pack;       // without one, null
    bool wrapped = false;  // some wrapper knows it
    bool done = false;     // what a wrapper carries was given to the sink
    bool specific() const { return pack.shape != nullptr && !pack.shape->any.empty(); }
  };

  /// The first shape that is no wrapper, unless something is known of what a wrapper before it carries.
  JsonChoice choose_json(Layer& here, std::size_t level) {
    JsonChoice out;
    std::optional<PackChoice> choice;
    chooser_.trace(call_.trace, level);
    while ((choice = chooser_.next(here.event, *call_.topic, here.candidates, choice))) {
      if (!choice->shape->is_wrapper()) {
        out.pack = *choice;
        return out;
      }
      out.wrapped = true;
      here.choice = *choice;
      if (unwrap(here, level)) {
        out.done = true;
        return out;
      }
      step(level, "nothing in it is known");
      chooser_.trace(call_.trace, level);
    }
    return out;
  }

  /// Gives the event of this layer to the sink.
  void finish(Layer& here, std::size_t level) {
    const RawForm form = level == 0 ? here.event.raw_form() : RawForm::Other;
    if (level > 0) here.event.set_raw(call_.element.empty() ? message_text() : call_.element, form);
    if (call_.trace != nullptr) {
      runner_.trace(&call_.trace->events.emplace_back(DecodeTrace::Found{
          level, call_.index, here.choice.pack->name, here.choice.shape->name, {}, {}, {}, {}}));
    }
    auto failure = runner_.apply(here.choice, call_.message->append_time, call_.now, here.event);
    if (call_.trace != nullptr) runner_.complete(here.choice, here.event);
    runner_.trace(nullptr);
    if (failure) return reject(std::move(*failure));
    at_ = level;
    call_.sink->take(here.event, call_.index++);
  }

  /// The message without what stands around it.
  std::string_view message_text() const {
    std::string_view text = call_.message->bytes;
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    return trim_blanks(text);
  }

  void reject(DecodeFailure failure) {
    DeadLetter letter = dead_letter(*call_.message, std::move(failure));
    if (call_.many) {
      letter.index = call_.index++;
      letter.bytes = call_.element;
      letter.truncated = false;
      letter.length = call_.element.size();
      letter.hash = sha256(call_.element);
    } else {
      call_.whole = false;
    }
    call_.sink->take(std::move(letter));
  }

  /// What the wrapper carries, layer by layer. False: nothing in it is known, and nothing was given to the
  /// sink.
  bool unwrap(Layer& here, std::size_t level) {
    if (level >= kUnwrapMax) return false;
    const std::size_t outer = outer_.size();
    step(level, "wrapper", here.choice);
    runner_.outer_fields(here.choice, here.event, outer_depth(level), outer_);
    const bool known = here.choice.shape->split.empty() ? payload(here, level) : split(here, level);
    outer_.resize(outer);
    return known;
  }

  bool payload(Layer& here, std::size_t level) {
    for (const Payload& place : here.choice.shape->payloads) {
      std::string_view text = join(place, here.event);
      if (text.empty()) continue;
      text = without_stray_colon(text);
      step(level, "payload in", place);
      std::optional<DecodeFailure> failure;
      if (looks_like_json(text) && !json(text, level + 1)) return true;
      if (!plain(text, level + 1, failure)) continue;
      if (failure) reject(std::move(*failure));
      return true;
    }
    return false;
  }

  bool split(Layer& here, std::size_t level) {
    const std::string_view outer_element = call_.element;
    const std::string_view whole = outer_element.empty() ? here.event.raw() : outer_element;
    // Copied: what stands behind an element is not blank.
    const std::string_view text = padded(whole, here.event.arena());
    const std::vector<std::string_view>& parts = here.splitter.split(text, here.choice.shape->split);
    if (parts.empty()) return false;
    call_.many = true;
    // A wrapper of many is known by its list: its members need no shape of their own.
    const bool specific_only = std::exchange(specific_only_, false);
    for (const std::string_view part : parts) {
      call_.element = part;
      const auto failure = looks_like_json(part)
                               ? json(part, level + 1)
                               : DecodeFailure{"not_an_event", "an element of the array is no JSON object"};
      if (failure) reject(*failure);
    }
    call_.element = outer_element;
    specific_only_ = specific_only;
    return true;
  }

  /// The fields of `place` joined, with padding behind; empty when the first is not there.
  std::string_view join(const Payload& place, Event& event) {
    joined_.clear();
    for (const FieldKey& field : place.fields) {
      const Value* value = first_scalar(event, field);
      if (value == nullptr && joined_.empty()) return {};
      if (value == nullptr) continue;
      if (!joined_.empty()) joined_ += place.joint;
      joined_ += value->text;
    }
    const std::string_view text = trim_blanks(joined_);
    return text.empty() ? text : padded(text, event.arena());
  }

  /// A line of text, or what looked like JSON and is none. False: no pack knows it. `failure`: a pack knows
  /// it and cannot read it.
  bool plain(std::string_view text, std::size_t level, std::optional<DecodeFailure>& failure) {
    Layer& here = layer(level);
    text = without_control_end(text);
    TextLine line{text, parse_syslog(text)};
    step(level, line.header ? "text behind a syslog header" : "text");
    if (line.header && level < kUnwrapMax && json_behind(*line.header, here, level)) return true;
    chooser_.trace(call_.trace, level);
    const auto choice = chooser_.choose_text(line, *call_.topic, outer_, here.event, failure);
    if (!choice) return false;
    if (!failure) {
      if (const auto at = find_invalid_utf8(text))
        failure =
            DecodeFailure{"bad_utf8", fmt::format("byte {} of {} is not valid UTF-8", *at, text.size())};
    }
    if (failure) return true;
    here.choice = *choice;
    if (choice->shape->is_wrapper() && unwrap(here, level)) return true;
    finish(here, level);
    return true;
  }

  /// JSON as the message of a syslog line.
  bool json_behind(const SyslogHeader& header, Layer& here, std::size_t level) {
    const std::string_view message = without_stray_colon(trim_blanks(header.message));
    if (!looks_like_json(message)) return false;
    here.event.clear();
    add_syslog_header(header, here.event);
    const std::size_t outer = outer_.size();
    for (const Field& field : here.event.fields())
      outer_.push_back({field.name, field.value, outer_depth(level)});
    const bool known = !json(padded(message, here.event.arena()), level + 1);
    outer_.resize(outer);
    return known;
  }

  void step(std::size_t level, std::string_view text) {
    if (call_.trace != nullptr) call_.trace->steps.push_back({level, std::string(text)});
  }
  void step(std::size_t level, std::string_view text, const PackChoice& choice) {
    if (call_.trace != nullptr)
      call_.trace->steps.push_back(
          {level, fmt::format("{} {} of pack {}", text, choice.shape->name, choice.pack->name)});
  }
  void step(std::size_t level, std::string_view text, const Payload& place) {
    if (call_.trace == nullptr) return;
    std::string names;
    for (const FieldKey& field : place.fields) names += (names.empty() ? "" : " + ") + field.name;
    call_.trace->steps.push_back({level, fmt::format("{} {}", text, names)});
  }

  DecodeFailure no_pack() const {
    if (options_.pack.empty()) return {"no_pack", "no pack knows this message"};
    return {"no_pack", fmt::format("the pack {} does not know this message", options_.pack)};
  }

  EventDecoderOptions options_;
  PackChooser chooser_;
  PackRunner runner_;
  std::deque<Layer> layers_;       // addresses stay
  std::size_t at_ = 0;             // the layer of the event that the sink is looking at
  std::vector<OuterField> outer_;  // of the layers above the current one
  bool specific_only_ = false;     // JSON that only a shape without conditions knows is not known
  std::string joined_;             // scratch of join()
  std::string key_text_;           // scratch of duplicate_key()
  Sha256 key_hash_;
  Call call_;
};

EventDecoder::EventDecoder(std::shared_ptr<const PackSet> packs, EventDecoderOptions options)
    : impl_(std::make_unique<Impl>(std::move(packs), std::move(options))) {}
EventDecoder::~EventDecoder() = default;
EventDecoder::EventDecoder(EventDecoder&&) noexcept = default;
EventDecoder& EventDecoder::operator=(EventDecoder&&) noexcept = default;

bool EventDecoder::decode(const Message& message, const TopicName& topic, Timestamp now, EventSink& sink) {
  return impl_->decode(message, topic, now, sink, nullptr);
}
bool EventDecoder::explain(const Message& message, const TopicName& topic, Timestamp now, EventSink& sink,
                           DecodeTrace& trace) {
  return impl_->decode(message, topic, now, sink, &trace);
}
void EventDecoder::complete() { impl_->complete(); }
const VendorAlertRule* EventDecoder::vendor_alert() const { return impl_->vendor_alert(); }
std::optional<EventKey> EventDecoder::duplicate_key(std::uint32_t index) {
  return impl_->duplicate_key(index);
}

}  // namespace countersign
