// SPDX-License-Identifier: Apache-2.0
#include "review-api/store_metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <array>
#include <set>

#include "review-api/histogram_metric.h"
#include "review-api/utf8.h"
#include "store/store.h"

namespace countersign {
namespace {

using Family = prometheus::MetricFamily;
using Label = prometheus::ClientMetric::Label;
using Labels = std::vector<Label>;
using Type = prometheus::MetricType;

constexpr std::array kLevels{Level::Informational, Level::Low, Level::Medium, Level::High, Level::Critical};
constexpr std::array kVerdicts{Verdict::TruePositive,      Verdict::Benign,   Verdict::FalsePositive,
                               Verdict::Duplicate,         Verdict::Test,     Verdict::InsufficientData,
                               Verdict::ManagedExternally, Verdict::Disregard};
constexpr std::array kOutcomes{DeadlineOutcome::Met, DeadlineOutcome::Missed, DeadlineOutcome::Overturned};

Label queue_label(const QueueName& queue) { return {"queue", valid_utf8(queue.value)}; }

Labels labels_of(Level level, const QueueName& queue) {
  return {{"alert_severity", std::string(to_string(level))}, queue_label(queue)};
}

double seconds(Timestamp time) { return static_cast<double>(to_micros(time)) / 1e6; }

void add_value(Family& family, Labels labels, double value) {
  prometheus::ClientMetric metric;
  metric.label = std::move(labels);
  if (family.type == Type::Counter)
    metric.counter.value = value;
  else
    metric.gauge.value = value;
  family.metric.push_back(std::move(metric));
}

template <class Map, class Key>
double value_of(const Map& map, const Key& key) {
  const auto found = map.find(key);
  return found == map.end() ? 0.0 : static_cast<double>(found->second);
}

void add_histogram(Family& family, Labels labels, const HumanTimes& times) {
  prometheus::ClientMetric metric = histogram_metric(times);
  metric.label = std::move(labels);
  family.metric.push_back(std::move(metric));
}

class AlertCollectable final : public prometheus::Collectable {
 public:
  AlertCollectable(const Store& store, const Clock& clock, std::vector<std::string> sources)
      : store_(store), clock_(clock), sources_(std::move(sources)) {}

  std::vector<Family> Collect() const override {
    const auto gauges = store_.gauges();
    StoreCounters counters = store_.counters();
    std::set<QueueName> queues{QueueName{std::string(kDefaultQueue)}};
    for (const auto& [key, value] : gauges) queues.insert(key.second);
    std::vector<Family> out;
    add_gauges(gauges, queues, out);
    for (const QueueName& queue : queues) {
      for (const std::string& source : sources_) {
        for (const Level level : kLevels) counters.created.try_emplace({level, queue, SourceName{source}}, 0);
      }
    }
    add_storage(out);
    add_letters(out);
    add_counters(counters, queues, out);
    add_times(counters, queues, out);
    return out;
  }

 private:
  // Every severity of each queue is shown, with 0 where nothing happened yet: a counter that first appears
  // with its first event loses that event in a rate.

  void add_gauges(const std::map<GaugeKey, QueueGauges>& known, const std::set<QueueName>& queues,
                  std::vector<Family>& out) const {
    Family open{"countersign_alerts_open", "Open alerts.", Type::Gauge, {}};
    Family unreviewed{"countersign_alerts_unreviewed",
                      "Alerts without a human decision in force, expired ones included.",
                      Type::Gauge,
                      {}};
    Family unowned{
        "countersign_alerts_unowned", "Alerts that are not closed and have no owner.", Type::Gauge, {}};
    Family overdue{"countersign_alerts_overdue", "Unreviewed alerts past their deadline.", Type::Gauge, {}};
    Family oldest{"countersign_alert_oldest_unreviewed_timestamp_seconds",
                  "When the oldest unreviewed alert was opened; now when there is none.",
                  Type::Gauge,
                  {}};
    for (const QueueName& queue : queues) {
      for (const Level level : kLevels) {
        const auto found = known.find({level, queue});
        const QueueGauges gauges = found == known.end() ? QueueGauges{} : found->second;
        const auto add_open = [&](const char* status, std::uint64_t count) {
          Labels labels = labels_of(level, queue);
          labels.push_back({"status", status});
          add_value(open, std::move(labels), static_cast<double>(count));
        };
        add_open("new", gauges.open_new);
        add_open("in_progress", gauges.open_in_progress);
        add_open("on_hold", gauges.open_on_hold);
        add_open("awaiting_countersign", gauges.open_awaiting_countersign);
        add_value(unreviewed, labels_of(level, queue), static_cast<double>(gauges.unreviewed));
        add_value(unowned, labels_of(level, queue), static_cast<double>(gauges.unowned));
        add_value(overdue, labels_of(level, queue), static_cast<double>(gauges.overdue));
        add_value(oldest, labels_of(level, queue), seconds(gauges.oldest_unreviewed.value_or(clock_.now())));
      }
    }
    for (Family* family : {&open, &unreviewed, &unowned, &overdue, &oldest})
      out.push_back(std::move(*family));
  }

  static void add_counters(const StoreCounters& counters, const std::set<QueueName>& queues,
                           std::vector<Family>& out) {
    Family created{"countersign_alerts_created_total", "Alerts opened.", Type::Counter, {}};
    Family deduplicated{"countersign_alerts_deduplicated_total",
                        "Matches attached to an alert that was there.",
                        Type::Counter,
                        {}};
    Family deadlines{"countersign_alert_review_deadlines_total",
                     "Review deadlines by the first of: reviewed in time, passed; and decisions overturned.",
                     Type::Counter,
                     {}};
    Family closed{"countersign_alerts_closed_total", "Alerts closed.", Type::Counter, {}};
    Family reopened{"countersign_alerts_reopened_total", "Alerts reopened.", Type::Counter, {}};
    Family reassigned{"countersign_alert_reassignments_total",
                      "Alerts given from one owner to another.",
                      Type::Counter,
                      {}};
    for (const auto& [key, count] : counters.created) {
      Labels labels = labels_of(std::get<0>(key), std::get<1>(key));
      labels.push_back({"source", valid_utf8(std::get<2>(key).value)});
      add_value(created, std::move(labels), static_cast<double>(count));
    }
    for (const QueueName& queue : queues) {
      for (const Level level : kLevels) {
        const GaugeKey key{level, queue};
        add_value(deduplicated, labels_of(level, queue), value_of(counters.deduplicated, key));
        add_value(reopened, labels_of(level, queue), value_of(counters.reopened, key));
        for (const Verdict verdict : kVerdicts) {
          Labels labels = labels_of(level, queue);
          labels.push_back({"verdict", std::string(to_string(verdict))});
          add_value(closed, std::move(labels), value_of(counters.closed, std::tuple(level, queue, verdict)));
        }
        for (const DeadlineOutcome outcome : kOutcomes) {
          Labels labels = labels_of(level, queue);
          labels.push_back({"outcome", std::string(to_string(outcome))});
          add_value(deadlines, std::move(labels),
                    value_of(counters.deadlines, std::tuple(level, queue, outcome)));
        }
      }
      add_value(reassigned, {queue_label(queue)}, value_of(counters.reassigned, queue));
    }
    for (Family* family : {&created, &deduplicated, &deadlines, &closed, &reopened, &reassigned})
      out.push_back(std::move(*family));
  }

  static void add_times(const StoreCounters& counters, const std::set<QueueName>& queues,
                        std::vector<Family>& out) {
    struct Row {
      const char* name;
      const char* help;
      const std::map<GaugeKey, HumanTimes>& times;
    };
    const std::array rows{
        Row{"countersign_alert_time_to_assign_seconds", "From opening to the first owner.",
            counters.time_to_assign},
        Row{"countersign_alert_time_to_review_seconds", "From opening to the human decision that stands.",
            counters.time_to_review},
        Row{"countersign_alert_time_to_close_seconds", "From opening to closing.", counters.time_to_close},
    };
    for (const Row& row : rows) {
      Family family{row.name, row.help, Type::Histogram, {}};
      for (const QueueName& queue : queues) {
        for (const Level level : kLevels) {
          const auto found = row.times.find({level, queue});
          add_histogram(family, labels_of(level, queue),
                        found == row.times.end() ? HumanTimes{} : found->second);
        }
      }
      out.push_back(std::move(family));
    }
  }

  void add_storage(std::vector<Family>& out) const {
    Family size{"countersign_storage_size_bytes", "Bytes of the store's files.", Type::Gauge, {}};
    Family stalls{"countersign_storage_write_stall_seconds_total",
                  "Time for which the database held writes back.",
                  Type::Counter,
                  {}};
    const StorageUse use = store_.storage();
    add_value(size, {{"kind", "live"}}, static_cast<double>(use.live_bytes));
    add_value(size, {{"kind", "wal"}}, static_cast<double>(use.wal_bytes));
    add_value(stalls, {}, use.stalled_seconds);
    out.push_back(std::move(size));
    out.push_back(std::move(stalls));
  }

  void add_letters(std::vector<Family>& out) const {
    Family letters{"countersign_dead_letters",
                   "Messages that could not be read: dead, in a replay that is not finished, or replayed.",
                   Type::Gauge,
                   {}};
    // Without the books there is nothing to show; the store says so elsewhere.
    for (const LetterTally& tally : store_.letter_tallies().value_or(std::vector<LetterTally>{})) {
      const auto add = [&](LetterState state, std::uint64_t count) {
        add_value(letters,
                  {{"source", valid_utf8(tally.source.value)},
                   {"reason", valid_utf8(tally.reason)},
                   {"state", std::string(to_string(state))}},
                  static_cast<double>(count));
      };
      add(LetterState::Dead, tally.dead);
      add(LetterState::Pending, tally.pending);
      add(LetterState::Replayed, tally.replayed);
    }
    out.push_back(std::move(letters));
  }

  const Store& store_;
  const Clock& clock_;
  std::vector<std::string> sources_;
};

}  // namespace

std::shared_ptr<prometheus::Collectable> store_metrics(const Store& store, const Clock& clock,
                                                       std::vector<std::string> sources) {
  return std::make_shared<AlertCollectable>(store, clock, std::move(sources));
}

}  // namespace countersign
