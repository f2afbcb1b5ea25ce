// SPDX-License-Identifier: Apache-2.0
// What the packs make of one message, and why the others do not know it: the text and the JSON of
// `countersign packs explain`. Texts of messages stand in it as they are: printable() of app/terminal.h makes
// them harmless for a terminal. One thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/message.h"
#include "core/report.h"
#include "ingest/decode_trace.h"
#include "ingest/event_decoder.h"
#include "ingest/pack_set.h"
#include "ingest/vendor_alert.h"

namespace countersign {

struct ExplainedEvent {
  DecodeTrace::Found found;
  std::string time;         // RFC 3339
  std::string time_source;  // event, record, ingestion
  std::vector<std::string> log_sources;
  std::vector<std::string> group_by;
  std::vector<std::pair<std::string, std::string>> fields;  // of the message itself
  std::optional<VendorAlertFacts> vendor_alert;
};

struct MessageExplanation {
  std::size_t bytes = 0;
  std::vector<DecodeTrace::Step> steps;
  std::vector<DecodeTrace::Refusal> refusals;  // those that came closest first
  std::vector<ExplainedEvent> events;
  std::vector<DeadLetter> dead_letters;
};

/// `options`: as the source has them.
MessageExplanation explain_message(const Message& message, const TopicName& topic,
                                   const std::shared_ptr<const PackSet>& packs,
                                   const EventDecoderOptions& options, Timestamp now);

/// Everything in it is an event of a known product: a pack gives it a log source.
bool is_understood(const MessageExplanation& explanation);

std::string to_text(const MessageExplanation& explanation);
std::string to_json(const MessageExplanation& explanation);

}  // namespace countersign
