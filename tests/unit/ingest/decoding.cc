// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/ingest/decoding.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "ingest/pack_loader.h"
#include "tests/unit/ingest/messages.h"

namespace countersign::testing {
namespace {

class Collector final : public EventSink {
 public:
  explicit Collector(Decoded& out) : out_(out) {}

  void take(const Event& event, std::uint32_t index) override {
    SeenEvent& seen_event = out_.events.emplace_back();
    seen_event.index = index;
    seen_event.time = event.time();
    seen_event.time_source = event.time_source();
    seen_event.skewed = event.skewed();
    seen_event.raw = event.raw();
    for (const Field& field : event.fields()) seen_event.fields.push_back(seen(field));
    if (event.event_class() == nullptr) return;
    seen_event.pack = event.event_class()->pack;
    seen_event.log_sources = event.event_class()->log_sources;
    seen_event.group_by = event.event_class()->group_by;
  }
  void take(DeadLetter dead_letter) override { out_.dead_letters.push_back(std::move(dead_letter)); }

 private:
  Decoded& out_;
};

}  // namespace

SeenField seen(const Field& field) {
  return {std::string(field.name), field.value.type, std::string(field.value.text), field.depth, field.alias};
}

std::string SeenEvent::value(std::string_view name) const {
  std::uint16_t depth = std::numeric_limits<std::uint16_t>::max();
  for (const SeenField& field : fields) {
    if (field.name == name) depth = std::min(depth, field.depth);
  }
  std::string out;
  bool found = false;
  for (const SeenField& field : fields) {
    if (field.name != name || field.depth != depth) continue;
    if (found) out += '|';
    out += field.text;
    found = true;
  }
  return found ? out : "<none>";
}

bool SeenEvent::belongs_to(const LogSource& rule) const {
  return std::any_of(log_sources.begin(), log_sources.end(),
                     [&](const LogSource& log_source) { return covers(rule, log_source); });
}

std::shared_ptr<const PackSet> shipped_packs() {
  static const std::shared_ptr<const PackSet> packs = [] {
    auto load = load_packs({std::filesystem::path(COUNTERSIGN_SOURCE_DIR) / "ingest" / "packs"});
    if (!load) {
      ADD_FAILURE() << load.error().message;
      return load_pack_texts({}).packs;
    }
    for (const Diagnostic& finding : load->findings) ADD_FAILURE() << to_string(finding);
    return load->packs;
  }();
  return packs;
}

std::shared_ptr<const PackSet> packs_of(const std::vector<std::string>& texts) {
  std::vector<PackText> files;
  files.reserve(texts.size());
  for (const std::string& text : texts) files.push_back({"test.yml", text});
  PackLoad load = load_pack_texts(files);
  for (const Diagnostic& finding : load.findings) ADD_FAILURE() << to_string(finding);
  return load.packs;
}

Decoded decode(const Message& message, const std::shared_ptr<const PackSet>& packs,
               const EventDecoderOptions& options, const std::string& topic) {
  EventDecoder decoder(packs, options);
  Decoded out;
  Collector collector(out);
  out.parsed = decoder.decode(message, TopicName{topic}, kNow, collector);
  return out;
}

Decoded decode(std::string_view text, const std::shared_ptr<const PackSet>& packs,
               const EventDecoderOptions& options, const std::string& topic) {
  MessageBatch batch = batch_of({});
  Message& message = add_message(batch, text);
  message.append_time = kAppended;
  return decode(message, packs, options, topic);
}

std::string to_text(const std::vector<LogSource>& log_sources) {
  std::vector<std::string> texts;
  texts.reserve(log_sources.size());
  for (const LogSource& log_source : log_sources)
    texts.push_back(log_source.product + "/" + log_source.category + "/" + log_source.service);
  std::sort(texts.begin(), texts.end());
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : " ") + text;
  return out;
}

}  // namespace countersign::testing
