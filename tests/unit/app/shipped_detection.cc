// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/app/shipped_detection.h"

#include <algorithm>
#include <stdexcept>

#include "core/clock.h"
#include "core/limits.h"
#include "ingest/detector.h"
#include "tests/unit/ingest/messages.h"

namespace countersign::testing {
namespace {

class Collector final : public EventVisitor {
 public:
  Collector(const RuleSet& rules, std::vector<DetectedMessage>& out) : rules_(rules), out_(out) {}

  void event(const EventMatches& matches) override {
    DetectedEvent& event = out_.at(matches.message.offset.value).events.emplace_back();
    event.time = matches.event.time();
    event.own_time = matches.event.time_source() == TimeSource::Event && !matches.event.skewed();
    event.log_source =
        matches.event.event_class() != nullptr && !matches.event.event_class()->log_sources.empty();
    for (const std::uint32_t rule : matches.rules) event.rules.push_back(rules_.rules()[rule].id.value);
  }
  void dead_letter(const Message& message, const DeadLetter& letter) override {
    out_.at(message.offset.value).dead_letters.push_back(letter.reason);
  }

 private:
  const RuleSet& rules_;
  std::vector<DetectedMessage>& out_;
};

std::filesystem::path source_folder() { return COUNTERSIGN_SOURCE_DIR; }

template <class T>
T or_throw(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

}  // namespace

std::filesystem::path library_folder() { return source_folder() / "rules" / "library"; }

const ShippedDetection& ShippedDetection::instance() {
  static const ShippedDetection shipped;
  return shipped;
}

ShippedDetection::ShippedDetection()
    : rules_(or_throw(load_rules({library_folder()}, {}))),
      packs_(or_throw(load_packs(std::vector<std::filesystem::path>{source_folder() / "ingest" / "packs"}))),
      plan_(or_throw(Plan::build(rules_.rules, packs_.packs->event_classes(), {}))) {}

std::vector<DetectedMessage> ShippedDetection::run(const std::vector<std::string>& messages,
                                                   Timestamp now) const {
  const ManualClock clock(now);
  Detector detector({plan_, packs_.packs, nullptr}, {}, clock);
  std::vector<DetectedMessage> out(messages.size());
  Collector collector(*rules_.rules, out);
  for (std::size_t start = 0; start < messages.size(); start += kBatchMessagesMax) {
    const std::size_t end = std::min(messages.size(), start + kBatchMessagesMax);
    MessageBatch batch = batch_of({});
    batch.start = batch.end = Offset{start};
    for (std::size_t i = start; i < end; ++i) add_message(batch, messages[i]);
    detector.each_event(batch, collector);
  }
  return out;
}

}  // namespace countersign::testing
