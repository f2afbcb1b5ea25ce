// SPDX-License-Identifier: Apache-2.0
#include "app/letter_decoding.h"

#include <algorithm>

#include "core/utf8_cut.h"
#include "ingest/event_decoder.h"

namespace countersign {
namespace {

class Explaining final : public EventSink {
 public:
  Explaining(const LetterDecoding& decoding, bool element)
      : decoder_(decoding.packs, {.limits = {},
                                  .message_bytes_max = decoding.message_bytes_max,
                                  .pack = decoding.pack,
                                  .zone = decoding.zone}),
        element_(element) {}

  LetterExplanation run(const Message& message, const TopicName& topic, Timestamp now) {
    DecodeTrace trace;
    const bool parsed = decoder_.explain(message, topic, now, *this, trace);
    for (const DecodeTrace::Step& step : trace.steps)
      if (out_.steps.size() < kExplainedEventsMax)
        out_.steps.push_back(std::string(2 * step.layer, ' ') + step.text);
    if (out_.failures_total > 0) add_near(trace);
    // Of a message with many elements some may fail: they are letters of their own.
    out_.decodes = parsed && !(element_ && out_.failures_total > 0);
    return std::move(out_);
  }

  void add_near(const DecodeTrace& trace) {
    std::vector<const DecodeTrace::Refusal*> close;
    for (const DecodeTrace::Refusal& refusal : trace.refusals)
      if (refusal.held * 2 >= refusal.asked) close.push_back(&refusal);
    std::stable_sort(close.begin(), close.end(),
                     [](const auto* a, const auto* b) { return a->held * b->asked > b->held * a->asked; });
    if (close.size() > kExplainedEventsMax) close.resize(kExplainedEventsMax);
    for (const DecodeTrace::Refusal* refusal : close)
      out_.near.push_back({refusal->pack, refusal->shape, refusal->reason});
  }

  void take(const Event& event, std::uint32_t index) override {
    if (++out_.events_total > kExplainedEventsMax) return;
    LetterExplanation::Event& shown = out_.events.emplace_back();
    shown.index = index;
    if (event.event_class() != nullptr) {
      shown.pack = event.event_class()->pack;
      shown.log_sources = event.event_class()->log_sources;
    }
    shown.time = event.time();
    shown.time_source = event.time_source();
    for (const Field& field : event.fields()) {
      if (!field.value.is_scalar()) continue;
      if (++shown.fields_total > kExplainedFieldsMax) continue;
      shown.fields.emplace_back(field.name, utf8_prefix(field.value.text, kExplainedValueBytesMax));
    }
  }

  void take(DeadLetter letter) override {
    if (++out_.failures_total > kExplainedEventsMax) return;
    out_.failures.push_back({letter.index, std::move(letter.reason), std::move(letter.message)});
  }

 private:
  EventDecoder decoder_;
  const bool element_;
  LetterExplanation out_;
};

}  // namespace

void add_letter(const DeadLetter& letter, Offset offset, BatchWriter& writer) {
  Message message;
  std::string wrapped;
  if (letter.index) wrapped = '[' + letter.bytes + ']';
  message.bytes = letter.index ? wrapped : letter.bytes;
  message.null = letter.reason == "null";
  message.truncated = letter.truncated;
  message.length = letter.truncated ? letter.length : message.bytes.size();
  if (letter.truncated) message.hash = letter.hash;
  message.offset = offset;
  message.append_time = letter.append_time;
  writer.add(message);
}

LetterExplanation explain_letter(const DeadLetter& letter, const TopicName& topic,
                                 const LetterDecoding& decoding, const Clock& clock) {
  MessageBatch batch;
  BatchWriter writer{BatchLimits{}};
  writer.begin(batch);
  add_letter(letter, Offset{0}, writer);
  LetterExplanation out =
      Explaining(decoding, letter.index.has_value()).run(batch.messages.front(), topic, clock.now());
  out.packs = decoding.packs->manifest().hash;
  return out;
}

}  // namespace countersign
