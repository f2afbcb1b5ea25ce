// SPDX-License-Identifier: Apache-2.0
#include "ingest/detector.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "core/limits.h"
#include "core/stopwatch.h"
#include "ingest/combiner.h"
#include "ingest/event_decoder.h"
#include "ingest/group_key.h"
#include "ingest/vendor_alert.h"
#include "rules/explain.h"
#include "rules/explanation_json.h"
#include "rules/matcher.h"

namespace countersign {
namespace {

/// SHA-256 over each delivered record (contract.md §4, "Ledger"):
///   record = offset:u64be length:u64be bytes, or offset:u64be 2^64−1 for a record without a value.
/// Of a record beyond kDeadLetterBytesMax only its SHA-256 is left; those 32 bytes stand for its bytes.
Hash256 digest_of(const MessageBatch& batch) {
  Sha256 sha;
  for (const Message& message : batch.messages) {
    sha.update_u64(message.offset.value);
    if (message.null) {
      sha.update_u64(std::numeric_limits<std::uint64_t>::max());
    } else if (message.truncated) {
      sha.update_u64(message.length);
      sha.update(message.hash.bytes);
    } else {
      sha.update_u64(message.bytes.size());
      sha.update(message.bytes);
    }
  }
  return sha.finish();
}

/// The fields that are looked at in every event.
std::vector<FieldKey> asked_fields(const DetectionParts& parts) {
  std::vector<FieldKey> fields = parts.plan->fields();
  if (parts.observers != nullptr)
    fields.insert(fields.end(), parts.observers->fields().begin(), parts.observers->fields().end());
  return fields;
}

}  // namespace

class Detector::Impl {
 public:
  Impl(DetectionParts parts, DetectorOptions options, const Clock& clock, IngestMetrics* metrics)
      : options_(std::move(options)),
        rules_(parts.plan->rules()),
        packs_(std::move(parts.packs)),
        clock_(clock),
        metrics_(metrics),
        asked_(asked_fields(parts)),
        decoder_(packs_, {options_.limits, options_.message_bytes_max, options_.pack, &asked_}),
        observers_(std::move(parts.observers)),
        matcher_(std::move(parts.plan)),
        explainer_(rules_),
        group_keys_(rules_, options_.group_phase_key, options_.backfill) {
    for (const RuleInfo& rule : rules_->rules())
      if (!options_.only.empty()) wanted_.push_back(is_wanted(rule.id));
    if (parts.watch != nullptr) watched_.emplace(std::move(parts.watch), matcher_, steady_now());
  }

  Report run(const MessageBatch& batch, const SourcePosition& previous, DuplicateWindow* window) {
    window_ = window;
    if (window != nullptr) window->begin_batch(batch);
    event_times_.clear();
    decoding_ = detecting_ = {};
    stopwatch_ = {};
    Report report;
    report.partition = batch.partition;
    report.incarnation = batch.incarnation;
    report.start = batch.start;
    report.end = batch.end;
    report.gaps = batch.gaps;
    report.ruleset = rules_->hash();
    report.packs = packs_->hash();
    report.next = {batch.end, batch.incarnation, previous.event_time_max, batch.cursor};
    const Timestamp now = clock_.now();
    for (const Message& message : batch.messages) {
      if (window != nullptr) window->begin_message();
      ReportSinkOfMessage sink(*this, message, report);
      const bool parsed = decoder_.decode(message, batch.partition.topic, now, sink);
      ++report.counts.delivered;
      ++(parsed ? report.counts.parsed : report.counts.dead_lettered);
    }
    lap(decoding_);
    report.signals = combiner_.take();
    report.observers = observers_.take();
    if (options_.digest) report.digest = digest_of(batch);
    lap(detecting_);
    count(batch, report);
    if (watched_) watched_->batch_done(steady_now());
    return report;
  }

  void remember(const MessageBatch& batch, DuplicateWindow& window) {
    window.begin_batch(batch);
    const Timestamp now = clock_.now();
    KeySink sink(decoder_, window);
    for (const Message& message : batch.messages) {
      window.begin_message();
      (void)decoder_.decode(message, batch.partition.topic, now, sink);
    }
  }

  std::span<const Timestamp> event_times() const { return event_times_; }
  Matcher& matcher() { return matcher_; }

  void each_event(const MessageBatch& batch, EventVisitor& visitor) {
    const Timestamp now = clock_.now();
    for (const Message& message : batch.messages) {
      VisitorOfMessage sink(*this, message, visitor);
      (void)decoder_.decode(message, batch.partition.topic, now, sink);
    }
  }

 private:
  class ReportSinkOfMessage final : public EventSink {
   public:
    ReportSinkOfMessage(Impl& detector, const Message& message, Report& report)
        : detector_(detector), message_(message), report_(report) {}
    void take(const Event& event, std::uint32_t index) override {
      detector_.lap(detector_.decoding_);
      detector_.detect(event, index, message_, report_);
      detector_.lap(detector_.detecting_);
    }
    void take(DeadLetter dead_letter) override {
      if (dead_letter.index) {
        ++report_.counts.events;
        ++report_.counts.undecodable;
      }
      report_.dead_letters.push_back(std::move(dead_letter));
    }

   private:
    Impl& detector_;
    const Message& message_;
    Report& report_;
  };

  class KeySink final : public EventSink {
   public:
    KeySink(EventDecoder& decoder, DuplicateWindow& window) : decoder_(decoder), window_(window) {}
    void take(const Event& /*event*/, std::uint32_t index) override {
      if (const auto key = decoder_.duplicate_key(index)) (void)window_.seen(*key);
    }
    void take(DeadLetter /*dead_letter*/) override {}

   private:
    EventDecoder& decoder_;
    DuplicateWindow& window_;
  };

  class VisitorOfMessage final : public EventSink {
   public:
    VisitorOfMessage(Impl& detector, const Message& message, EventVisitor& visitor)
        : detector_(detector), message_(message), visitor_(visitor) {}
    void take(const Event& event, std::uint32_t index) override {
      detector_.matcher_.match(event, detector_.matches_);
      if (!detector_.matches_.empty()) detector_.decoder_.complete();
      visitor_.event({message_, index, event, detector_.matches_});
    }
    void take(DeadLetter dead_letter) override { visitor_.dead_letter(message_, dead_letter); }

   private:
    Impl& detector_;
    const Message& message_;
    EventVisitor& visitor_;
  };

  void detect(const Event& event, std::uint32_t index, const Message& message, Report& report) {
    LedgerCounts& counts = report.counts;
    ++counts.events;
    if (is_duplicate(index)) {
      ++counts.duplicate;
      return;
    }
    event_times_.push_back(event.time());
    report.next.event_time_max = std::max(report.next.event_time_max, event.time());
    if (metrics_ != nullptr && event.skewed()) metrics_->skewed.fetch_add(1, std::memory_order_relaxed);
    compare_clocks(event, message, report.clock);
    observers_.count(event);
    matcher_.match(event, matches_);
    const VendorAlertRule* vendor = decoder_.vendor_alert();
    if (!options_.only.empty()) leave_wanted(event, vendor);
    if (matches_.empty() && vendor == nullptr) {
      ++counts.unmatched;
      return;
    }
    ++counts.matched;
    counts.matches += matches_.size();
    if (matches_.size() > kMatchesPerEventMax) {
      counts.over_limit += matches_.size() - kMatchesPerEventMax;
      matches_.resize(kMatchesPerEventMax);
    }
    decoder_.complete();
    MatchedEvent matched(event, message, index);
    for (const std::uint32_t rule : matches_) {
      const RuleInfo& info = rules_->rules()[rule];
      if (!info.generate) {
        // It only feeds correlations, and none is in force.
        ++counts.uncorrelated;
        continue;
      }
      group_keys_.make(rule, event, parts_, identity_);
      // Once a signal, because it costs more than the match did.
      const Combiner::Added added = combiner_.add(info.id, identity_, parts_, matched);
      if (added.fresh)
        added.signal->explanation = bounded_explanation_json(explainer_.explain_briefly(rule, event));
    }
    if (vendor != nullptr) add_vendor_alert(*vendor, matched, counts);
  }

  bool is_wanted(const RuleId& rule) const {
    return std::find(options_.only.begin(), options_.only.end(), rule) != options_.only.end();
  }

  void leave_wanted(const Event& event, const VendorAlertRule*& vendor) {
    std::erase_if(matches_, [this](std::uint32_t rule) { return !wanted_[rule]; });
    if (vendor != nullptr && !is_wanted(vendor_rule_id(event.event_class()->pack))) vendor = nullptr;
  }

  static void compare_clocks(const Event& event, const Message& message, EventClock& clock) {
    if (event.skewed()) {
      ++clock.timed;
      ++clock.ahead;
      return;
    }
    if (event.time_source() != TimeSource::Event) return;
    // Seconds, and bounded: both times may be anything.
    constexpr std::chrono::seconds kFar = std::chrono::years{10};
    const auto apart = std::chrono::floor<std::chrono::seconds>(event.time()) -
                       std::chrono::floor<std::chrono::seconds>(message.append_time);
    const std::chrono::nanoseconds off = std::clamp(apart, -kFar, kFar);
    clock.newest = clock.timed > clock.ahead ? std::max(clock.newest, off) : off;
    ++clock.timed;
  }

  bool is_duplicate(std::uint32_t index) {
    if (window_ == nullptr) return false;
    const auto key = decoder_.duplicate_key(index);
    return key && window_->seen(*key);
  }

  /// A verdict of a product is a match of its pack.
  void add_vendor_alert(const VendorAlertRule& rule, MatchedEvent& matched, LedgerCounts& counts) {
    const Event& event = matched.event();
    VendorAlertFacts facts = vendor_alert_facts(rule, event);
    const std::string& pack = event.event_class()->pack;
    ++counts.matches;
    group_keys_.make_vendor(pack, facts.id, event, parts_, identity_);
    const Combiner::Added added = combiner_.add(vendor_rule_id(pack), identity_, parts_, matched);
    if (added.fresh)
      added.signal->vendor =
          VendorAlert{pack, vendor_alert_title(rule, facts), std::move(facts.url), facts.level, {}};
    add_claim(added.signal->vendor->claims, {event.time(), std::move(facts.status)});
  }

  static BudgetWindow::Instant steady_now() { return std::chrono::steady_clock::now(); }

  /// What passed since the last lap was this stage's.
  void lap(std::chrono::nanoseconds& stage) {
    if (metrics_ != nullptr) stage += stopwatch_.lap();
  }

  void count(const MessageBatch& batch, const Report& report) {
    if (metrics_ == nullptr) return;
    constexpr auto relaxed = std::memory_order_relaxed;
    std::uint64_t bytes = 0;
    for (const Message& message : batch.messages)
      bytes += message.truncated ? message.length : message.bytes.size();
    metrics_->records.fetch_add(report.counts.delivered, relaxed);
    metrics_->bytes.fetch_add(bytes, relaxed);
    metrics_->events.fetch_add(report.counts.events - report.counts.undecodable, relaxed);
    metrics_->matches.fetch_add(report.counts.matches, relaxed);
    metrics_->over_limit.fetch_add(report.counts.over_limit, relaxed);
    metrics_->times.worked(decoding_, detecting_);
    for (const DeadLetter& letter : report.dead_letters) metrics_->reject(letter.reason);
  }

  DetectorOptions options_;
  std::shared_ptr<const RuleSet> rules_;
  std::shared_ptr<const PackSet> packs_;
  const Clock& clock_;
  IngestMetrics* metrics_;
  const std::vector<FieldKey> asked_;
  EventDecoder decoder_;
  ObserverCounter observers_;
  Matcher matcher_;
  std::optional<RuleWatch::Worker> watched_;  // of the matcher
  Explainer explainer_;
  GroupKeys group_keys_;
  Combiner combiner_;
  DuplicateWindow* window_ = nullptr;  // of the batch that run() is at
  Stopwatch stopwatch_;
  std::chrono::nanoseconds decoding_{};
  std::chrono::nanoseconds detecting_{};
  std::vector<Timestamp> event_times_;
  std::vector<std::uint32_t> matches_;
  std::vector<bool> wanted_;  // by rule; empty: all are
  std::vector<GroupKeyPart> parts_;
  std::string identity_;
};

Detector::Detector(DetectionParts parts, DetectorOptions options, const Clock& clock, IngestMetrics* metrics)
    : impl_(std::make_unique<Impl>(std::move(parts), std::move(options), clock, metrics)) {}
Detector::~Detector() = default;
Detector::Detector(Detector&&) noexcept = default;
Detector& Detector::operator=(Detector&&) noexcept = default;

Report Detector::run(const MessageBatch& batch, const SourcePosition& previous, DuplicateWindow* window) {
  return impl_->run(batch, previous, window);
}
void Detector::remember(const MessageBatch& batch, DuplicateWindow& window) {
  impl_->remember(batch, window);
}
std::span<const Timestamp> Detector::event_times() const { return impl_->event_times(); }
void Detector::each_event(const MessageBatch& batch, EventVisitor& visitor) {
  impl_->each_event(batch, visitor);
}
void Detector::measure(std::uint32_t interval) { impl_->matcher().measure(interval); }
const RuleCosts& Detector::costs() const { return impl_->matcher().costs(); }

}  // namespace countersign
