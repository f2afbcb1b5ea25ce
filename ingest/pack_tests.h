// SPDX-License-Identifier: Apache-2.0
// The messages that stand in a pack file and say what the pack should make of them (docs/packs.md, "Tests").
// Plain values and pure functions; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/log_source.h"
#include "ingest/pack_set.h"
#include "ingest/vendor_alert.h"
#include "rules/findings.h"

namespace countersign {

/// What one event of the message has to be.
struct PackTestEvent {
  std::string pack;                    // empty: the one that the test stands in
  std::string shape;                   // empty: any of the pack
  std::string time;                    // RFC 3339; empty: not looked at
  std::vector<LogSource> log_sources;  // each has to be among the event's
  std::vector<std::pair<std::string, std::optional<std::string>>>
      fields;                                    // values joined with `|`; none: absent
  std::optional<VendorAlertFacts> vendor_alert;  // compared with what the event is
  bool no_vendor_alert = false;
};

struct PackTest {
  std::string file;
  Position where;
  std::string pack;
  std::string name;
  std::string topic;
  std::string message;
  std::vector<PackTestEvent> events;
  std::string dead_letter;  // reason; empty: none
};

struct PackTestFailure {
  const PackTest* test = nullptr;
  std::string what;  // expected, and what is
};

/// What does not hold. `tests` outlive the result.
std::vector<PackTestFailure> run_pack_tests(const std::shared_ptr<const PackSet>& packs,
                                            const std::vector<PackTest>& tests);

}  // namespace countersign
