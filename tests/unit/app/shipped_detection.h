// SPDX-License-Identifier: Apache-2.0
// What the packs and rules that ship make of messages. Loaded once for each test program.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/time.h"
#include "ingest/pack_loader.h"
#include "rules/loader.h"
#include "rules/plan/plan.h"

namespace countersign::testing {

std::filesystem::path library_folder();

struct DetectedEvent {
  Timestamp time{};
  bool own_time = false;           // the message had a time, and it was believed
  bool log_source = false;         // a pack knows what the event is
  std::vector<std::string> rules;  // ids, ascending
};

struct DetectedMessage {
  std::vector<DetectedEvent> events;
  std::vector<std::string> dead_letters;  // reasons
};

class ShippedDetection {
 public:
  static const ShippedDetection& instance();

  const RuleLoad& rules() const { return rules_; }
  const PackLoad& packs() const { return packs_; }
  /// One result for each message. `now` is the time of ingestion.
  std::vector<DetectedMessage> run(const std::vector<std::string>& messages, Timestamp now) const;

 private:
  ShippedDetection();

  RuleLoad rules_;
  PackLoad packs_;
  std::shared_ptr<const Plan> plan_;
};

}  // namespace countersign::testing
