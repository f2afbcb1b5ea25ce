// SPDX-License-Identifier: Apache-2.0
// Message → events, each with its pack's names, class and time, or dead letters with bytes and reason.
// Nothing that comes in disappears: every message gives events, dead letters of its elements, or one dead
// letter.
//
// One thread owns and uses an EventDecoder; it keeps its memory. The packs are shared. Never fails: what
// cannot be read is a DeadLetter.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/event.h"
#include "core/message.h"
#include "core/report.h"
#include "ingest/decode_limits.h"
#include "ingest/decode_trace.h"
#include "ingest/duplicate_window.h"
#include "ingest/pack_set.h"
#include "ingest/time_zone.h"

namespace countersign {

struct VendorAlertRule;

struct EventDecoderOptions {
  DecodeLimits limits;
  std::size_t message_bytes_max = kMessageBytesMax;
  std::string pack;  // the only pack to ask; empty: all
  /// The fields that are looked at in every event; names of packs that are not among them are given only by
  /// complete(). Null: all are given at once. Outlives the decoder.
  const std::vector<FieldKey>* asked = nullptr;
  TimeZone zone = {};  // of times without one, for packs that name none
};

/// Takes what a message gives, in order. Called from inside decode().
class EventSink {
 public:
  virtual ~EventSink() = default;
  /// `event` lives until the call returns; its bytes until the batch is cleared.
  virtual void take(const Event& event, std::uint32_t index) = 0;
  virtual void take(DeadLetter dead_letter) = 0;
};

class EventDecoder {
 public:
  EventDecoder(std::shared_ptr<const PackSet> packs, EventDecoderOptions options);
  ~EventDecoder();
  EventDecoder(EventDecoder&&) noexcept;
  EventDecoder& operator=(EventDecoder&&) noexcept;

  /// `now` is the time of ingestion. True: the container could be decoded (`parsed` of the ledger); its
  /// elements went to `sink`. False: the message is one dead letter, which went to `sink`.
  bool decode(const Message& message, const TopicName& topic, Timestamp now, EventSink& sink);
  /// The same, noting in `trace` what was tried and done; slow.
  bool explain(const Message& message, const TopicName& topic, Timestamp now, EventSink& sink,
               DecodeTrace& trace);

  /// Gives the event that the sink is looking at all names that its pack knows. REQUIRES: called from inside
  /// EventSink::take(event), once.
  void complete();

  /// How the event that the sink is looking at is an alert of its product; null: it is none.
  const VendorAlertRule* vendor_alert() const;

  /// The key of the event that the sink is looking at, which is the one at `index` of its message; nothing:
  /// its pack names no key, or a part of it is not there.
  std::optional<EventKey> duplicate_key(std::uint32_t index);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace countersign
