// SPDX-License-Identifier: Apache-2.0
#include "app/pack_explanation.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/json_text.h"
#include "core/utf8_cut.h"
#include "ingest/event_decoder.h"

namespace countersign {
namespace {

constexpr std::size_t kRefusalsShown = 8;
constexpr std::size_t kValueBytesShown = 200;

std::string_view word(TimeSource source) {
  switch (source) {
    case TimeSource::Event: return "event";
    case TimeSource::Record: return "record";
    case TimeSource::Ingestion: return "ingestion";
  }
  return {};
}

class Collector final : public EventSink {
 public:
  Collector(const EventDecoder& decoder, const DecodeTrace& trace, MessageExplanation& out)
      : decoder_(decoder), trace_(trace), out_(out) {}

  void take(const Event& event, std::uint32_t /*index*/) override {
    ExplainedEvent& explained = out_.events.emplace_back();
    explained.found = trace_.events.back();
    explained.time = format_rfc3339_micros(event.time());
    explained.time_source = word(event.time_source());
    for (const LogSource& source : event.event_class()->log_sources)
      explained.log_sources.push_back(
          fmt::format("{}/{}/{}", source.product, source.category, source.service));
    explained.group_by = event.event_class()->group_by;
    for (const Field& field : event.fields())
      if (!field.alias && field.value.is_scalar())
        explained.fields.emplace_back(field.name, field.value.text);
    if (const VendorAlertRule* rule = decoder_.vendor_alert())
      explained.vendor_alert = vendor_alert_facts(*rule, event);
  }
  void take(DeadLetter letter) override { out_.dead_letters.push_back(std::move(letter)); }

 private:
  const EventDecoder& decoder_;
  const DecodeTrace& trace_;
  MessageExplanation& out_;
};

std::string shown(std::string_view value) {
  const std::string_view cut = utf8_prefix(value, kValueBytesShown);
  return std::string(cut) + (cut.size() < value.size() ? "…" : "");
}

void add_event(const ExplainedEvent& event, std::string& out) {
  const auto line = std::back_inserter(out);
  fmt::format_to(line, "  event {}: pack {}, shape {}\n", event.found.index, event.found.pack,
                 event.found.shape);
  fmt::format_to(line, "    time {} ({}{})\n", event.time, event.time_source == "event" ? "from " : "of the ",
                 event.time_source == "event" ? event.found.time_field : event.time_source);
  if (!event.found.unread_time.empty())
    fmt::format_to(line, "    a time that cannot be read: {}\n", shown(event.found.unread_time));
  fmt::format_to(line, "    log sources: {}\n",
                 event.log_sources.empty() ? "none: only rules without one can match"
                                           : fmt::format("{}", fmt::join(event.log_sources, ", ")));
  fmt::format_to(line, "    alerts are grouped by: {}\n", fmt::join(event.group_by, ", "));
  if (event.vendor_alert) {
    fmt::format_to(
        line, "    an alert of the product: {} ({}){}{}\n", shown(event.vendor_alert->title),
        to_string(event.vendor_alert->level),
        event.vendor_alert->id.empty() ? "" : ", its id " + event.vendor_alert->id,
        event.vendor_alert->status.empty() ? "" : ", it says " + shown(event.vendor_alert->status));
  }
  for (const DecodeTrace::Name& name : event.found.names)
    fmt::format_to(line, "    {} = {}  ← {}\n", name.name, shown(name.value),
                   name.source.empty() ? "constant" : name.source);
  if (!event.found.missing.empty())
    fmt::format_to(line, "    names without a value, for want of these fields: {}\n",
                   fmt::join(event.found.missing, "; "));
  std::vector<std::string> left;
  for (const auto& [name, value] : event.fields) {
    if (std::find(left.begin(), left.end(), name) != left.end()) continue;
    const bool used = std::any_of(event.found.names.begin(), event.found.names.end(),
                                  [&](const DecodeTrace::Name& given) { return given.source == name; });
    if (!used && name != event.found.time_field) left.push_back(name);
  }
  if (!left.empty()) fmt::format_to(line, "    under their own names only: {}\n", fmt::join(left, ", "));
}

}  // namespace

MessageExplanation explain_message(const Message& message, const TopicName& topic,
                                   const std::shared_ptr<const PackSet>& packs,
                                   const EventDecoderOptions& options, Timestamp now) {
  MessageExplanation out;
  out.bytes = message.bytes.size();
  EventDecoder decoder(packs, options);
  DecodeTrace trace;
  Collector collector(decoder, trace, out);
  (void)decoder.explain(message, topic, now, collector, trace);
  out.steps = std::move(trace.steps);
  out.refusals = std::move(trace.refusals);
  std::stable_sort(out.refusals.begin(), out.refusals.end(),
                   [](const DecodeTrace::Refusal& a, const DecodeTrace::Refusal& b) {
                     return a.held * b.asked > b.held * a.asked;
                   });
  return out;
}

bool is_understood(const MessageExplanation& explanation) {
  return !explanation.events.empty() && explanation.dead_letters.empty() &&
         std::all_of(explanation.events.begin(), explanation.events.end(),
                     [](const ExplainedEvent& event) { return !event.log_sources.empty(); });
}

std::string to_text(const MessageExplanation& explanation) {
  std::string out = fmt::format("message of {} bytes\n", explanation.bytes);
  const auto line = std::back_inserter(out);
  for (const DecodeTrace::Step& step : explanation.steps)
    fmt::format_to(line, "  {:{}}{}\n", "", 2 * step.layer, step.text);
  for (const ExplainedEvent& event : explanation.events) add_event(event, out);
  for (const DeadLetter& letter : explanation.dead_letters)
    fmt::format_to(line, "  dead letter{}: {}: {}\n", letter.index ? fmt::format(" {}", *letter.index) : "",
                   letter.reason, letter.message);
  if (is_understood(explanation)) return out;
  out += "  no pack knows this product; --draft writes a pack to begin with\n";
  std::size_t left = kRefusalsShown;
  for (const DecodeTrace::Refusal& refusal : explanation.refusals) {
    // The others are of other products.
    if (left == 0 || refusal.held * 2 < refusal.asked) break;
    if (left == kRefusalsShown) out += "  shapes that come close:\n";
    --left;
    fmt::format_to(line, "    {} of pack {}: {} ({} of {} conditions hold)\n", refusal.shape, refusal.pack,
                   shown(refusal.reason), refusal.held, refusal.asked);
  }
  return out;
}

std::string to_json(const MessageExplanation& explanation) {
  std::string events;
  for (const ExplainedEvent& event : explanation.events) {
    std::string names;
    for (const DecodeTrace::Name& name : event.found.names)
      names += fmt::format(R"({}{{"name":{},"value":{},"from":{}}})", names.empty() ? "" : ",",
                           json_string(name.name), json_string(name.value),
                           name.source.empty() ? "null" : json_string(name.source));
    std::string sources;
    for (const std::string& source : event.log_sources)
      sources += (sources.empty() ? "" : ",") + json_string(source);
    std::string alert = "null";
    if (event.vendor_alert) {
      const VendorAlertFacts& facts = *event.vendor_alert;
      alert = fmt::format(R"({{"title":{},"id":{},"status":{},"url":{},"level":{}}})",
                          json_string(facts.title), json_string(facts.id), json_string(facts.status),
                          json_string(facts.url), json_string(to_string(facts.level)));
    }
    events += fmt::format(
        R"({}{{"index":{},"pack":{},"shape":{},"time":{},"time_source":{},"time_field":{},"log_sources":[{}],"vendor_alert":{},"names":[{}]}})",
        events.empty() ? "" : ",", event.found.index, json_string(event.found.pack),
        json_string(event.found.shape), json_string(event.time), json_string(event.time_source),
        json_string(event.found.time_field), sources, alert, names);
  }
  std::string letters;
  for (const DeadLetter& letter : explanation.dead_letters)
    letters += fmt::format(R"({}{{"index":{},"reason":{},"message":{}}})", letters.empty() ? "" : ",",
                           letter.index ? std::to_string(*letter.index) : "null", json_string(letter.reason),
                           json_string(letter.message));
  std::string refusals;
  for (const DecodeTrace::Refusal& refusal : explanation.refusals)
    refusals +=
        fmt::format(R"({}{{"pack":{},"shape":{},"layer":{},"reason":{},"held":{},"asked":{}}})",
                    refusals.empty() ? "" : ",", json_string(refusal.pack), json_string(refusal.shape),
                    refusal.layer, json_string(refusal.reason), refusal.held, refusal.asked);
  std::string steps;
  for (const DecodeTrace::Step& step : explanation.steps)
    steps += fmt::format(R"({}{{"layer":{},"step":{}}})", steps.empty() ? "" : ",", step.layer,
                         json_string(step.text));
  return fmt::format(R"({{"bytes":{},"steps":[{}],"events":[{}],"dead_letters":[{}],"refusals":[{}]}})",
                     explanation.bytes, steps, events, letters, refusals);
}

}  // namespace countersign
