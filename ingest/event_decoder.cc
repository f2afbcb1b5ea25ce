// SPDX-License-Identifier: Apache-2.0
#include "ingest/event_decoder.h"

#include <functional>
#include <utility>

#include <fmt/format.h>

#include "ingest/foreign_framing.h"
#include "ingest/json_decoder.h"
#include "ingest/json_scalar.h"
#include "ingest/pack_runner.h"

namespace countersign {
namespace {

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

DeadLetter dead_letter(const Message& message, const JsonElement& element, DecodeFailure failure) {
  if (!element.of_array) return dead_letter(message, std::move(failure));
  DeadLetter letter;
  letter.offset = message.offset;
  letter.index = element.index;
  letter.reason = failure.reason;
  letter.message = std::move(failure.message);
  letter.bytes = element.raw;
  letter.length = element.raw.size();
  letter.hash = sha256(element.raw);
  letter.append_time = message.append_time;
  return letter;
}

}  // namespace

class EventDecoder::Impl {
 public:
  Impl(std::shared_ptr<const PackSet> packs, EventDecoderOptions options)
      : options_(std::move(options)),
        json_(options_.limits),
        packs_(std::move(packs), options_.pack, options_.limits, options_.asked) {}

  bool decode(const Message& message, const TopicName& topic, Timestamp now, EventSink& sink) {
    auto failure = check_size(message);
    if (!failure) {
      std::string_view text = message.bytes;
      if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
      const std::size_t first = text.find_first_not_of(kBlanks);
      if (first == std::string_view::npos) {
        failure = DecodeFailure{
            "empty", fmt::format("the message holds nothing but {} blank bytes", message.bytes.size())};
      } else {
        std::optional<DecodeFailure> json_failure;
        if (text[first] == '{' || text[first] == '[') {
          bool whole = true;
          json_failure = json(text, message, topic, now, sink, whole);
          if (!json_failure) return whole;
        }
        failure = plain(text, message, topic, now, sink, std::move(json_failure));
      }
    }
    if (failure) sink.take(dead_letter(message, std::move(*failure)));
    return !failure;
  }

  void complete() { packs_.complete(choice_, event_); }

 private:
  std::optional<DecodeFailure> check_size(const Message& message) const {
    if (message.null) return DecodeFailure{"null", "the record has no value (a tombstone)"};
    const std::uint64_t length = message.truncated ? message.length : message.bytes.size();
    if (message.truncated || length > options_.message_bytes_max) {
      return DecodeFailure{"too_large", fmt::format("the message has {} bytes, the limit is {}", length,
                                                    options_.message_bytes_max)};
    }
    return std::nullopt;
  }

  /// A failure is one of the whole message, of which nothing was given to `sink`. `whole` is false when its
  /// only event became a dead letter.
  std::optional<DecodeFailure> json(std::string_view text, const Message& message, const TopicName& topic,
                                    Timestamp now, EventSink& sink, bool& whole) {
    const auto each = [&](const JsonElement& element) {
      std::optional<DecodeFailure> unread;
      if (element.failure != nullptr) {
        unread = *element.failure;
      } else if (const auto choice = packs_.choose(event_, topic)) {
        choice_ = *choice;
        unread = packs_.apply(*choice, message.append_time, now, event_);
      } else {
        unread = no_pack();
      }
      if (!unread) return sink.take(event_, element.index);
      whole = element.of_array;
      sink.take(dead_letter(message, element, std::move(*unread)));
    };
    // By reference: a std::function of the lambda itself would allocate for each message.
    return json_.decode(text, event_, std::ref(each));
  }

  DecodeFailure no_pack() const {
    if (options_.pack.empty()) return {"no_pack", "no pack knows this message"};
    return {"no_pack", fmt::format("the pack {} does not know this message", options_.pack)};
  }

  /// A line of text, or what looked like JSON and is none: then `json_failure` says why.
  std::optional<DecodeFailure> plain(std::string_view text, const Message& message, const TopicName& topic,
                                     Timestamp now, EventSink& sink,
                                     std::optional<DecodeFailure> json_failure) {
    text.remove_suffix(text.size() - 1 - text.find_last_not_of(kBlanks));
    std::optional<DecodeFailure> failure;
    const auto choice = packs_.choose_text(text, topic, event_, failure);
    // Asked only now: a first byte that also starts a protobuf message may start a line of text.
    auto framing = choice ? std::nullopt : describe_foreign_framing(message.bytes);
    if (framing) return DecodeFailure{"framed", std::move(*framing)};
    if (!choice && json_failure) return json_failure;
    if (const auto at = find_invalid_utf8(text))
      return DecodeFailure{"bad_utf8", fmt::format("byte {} of {} is not valid UTF-8", *at, text.size())};
    if (!choice) return no_pack();
    choice_ = *choice;
    if (!failure) failure = packs_.apply(*choice, message.append_time, now, event_);
    if (!failure) sink.take(event_, 0);
    return failure;
  }

  EventDecoderOptions options_;
  JsonDecoder json_;
  PackRunner packs_;
  Event event_;
  PackChoice choice_;  // for event_
};

EventDecoder::EventDecoder(std::shared_ptr<const PackSet> packs, EventDecoderOptions options)
    : impl_(std::make_unique<Impl>(std::move(packs), std::move(options))) {}
EventDecoder::~EventDecoder() = default;
EventDecoder::EventDecoder(EventDecoder&&) noexcept = default;
EventDecoder& EventDecoder::operator=(EventDecoder&&) noexcept = default;

bool EventDecoder::decode(const Message& message, const TopicName& topic, Timestamp now, EventSink& sink) {
  return impl_->decode(message, topic, now, sink);
}
void EventDecoder::complete() { impl_->complete(); }

}  // namespace countersign
