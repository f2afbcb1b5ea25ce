// SPDX-License-Identifier: Apache-2.0
// One batch of messages of one source partition → one report: decode, match, combine, count. Or, for `match`,
// each event with its matches.
//
// One Detector per worker thread; what it detects with is shared, and a new version of any part means a new
// Detector (the matcher keeps tables by the addresses of the packs' classes). Never fails: what cannot be
// read is a dead letter in the report.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "core/clock.h"
#include "core/event.h"
#include "core/message.h"
#include "core/report.h"
#include "ingest/decode_limits.h"
#include "ingest/duplicate_window.h"
#include "ingest/metrics.h"
#include "ingest/observers.h"
#include "ingest/pack_set.h"
#include "rules/plan/plan.h"
#include "rules/rule_watch.h"

namespace countersign {

/// What detects. The parts belong together: the plan was built for the packs' classes, and the watch counts
/// the plan's rules.
struct DetectionParts {
  std::shared_ptr<const Plan> plan;
  std::shared_ptr<const PackSet> packs;
  std::shared_ptr<RuleWatch> watch;  // told by run() what rules cost; null: nothing is measured
  std::shared_ptr<const ObservedValues> observers = nullptr;  // counted by run(); null: none
};

struct DetectorOptions {
  DecodeLimits limits;
  std::size_t message_bytes_max = kMessageBytesMax;
  std::string pack;                   // the only pack to ask (`?pack=` of a source); empty: all
  std::uint64_t group_phase_key = 0;  // keys the phase of `group_window`; equal for all workers of a store
  bool digest = true;                 // fill Report::digest
  std::string backfill;               // its name is part of every group key; empty: it is none
  std::vector<RuleId> only;           // these rules and `vendor:PACK`s alone are matched; empty: all
};

/// One decoded event with the rules that match it. Views live until the visitor returns.
struct EventMatches {
  const Message& message;
  std::uint32_t index;                   // of the event in its message
  const Event& event;                    // with all names of its pack only when rules match it
  std::span<const std::uint32_t> rules;  // ascending indices into RuleSet::rules()
};

class EventVisitor {
 public:
  virtual ~EventVisitor() = default;
  virtual void event(const EventMatches& matches) = 0;
  virtual void dead_letter(const Message& message, const DeadLetter& dead_letter) = 0;
};

class Detector {
 public:
  /// `clock` and `metrics` outlive the detector; without `metrics` nothing is counted.
  Detector(DetectionParts parts, DetectorOptions options, const Clock& clock,
           IngestMetrics* metrics = nullptr);
  ~Detector();
  Detector(Detector&&) noexcept;
  Detector& operator=(Detector&&) noexcept;

  /// The whole report of `batch`; the equations of semantics.md §6 hold, `attached` and `opened` are left to
  /// the store. `previous` is the partition's position before the batch, `window` what it knows of the
  /// messages before; without one no event is a duplicate. A duplicate is not matched, and its time is not
  /// looked at.
  Report run(const MessageBatch& batch, const SourcePosition& previous, DuplicateWindow* window = nullptr);

  /// Puts the keys of a batch that is `keys_only` into `window`, and does nothing else.
  void remember(const MessageBatch& batch, DuplicateWindow& window);

  /// Own times of the events of the last run(), for the delay histogram; valid until the next.
  std::span<const Timestamp> event_times() const;

  /// In input order, without the limit of matches per event.
  void each_event(const MessageBatch& batch, EventVisitor& visitor);

  /// As Matcher::measure(), for each_event(). REQUIRES: no watch among the parts.
  void measure(std::uint32_t interval);
  const RuleCosts& costs() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace countersign
