// SPDX-License-Identifier: Apache-2.0
#include "app/ingest_metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <limits>

#include "ingest/kafka_stats.h"
#include "ingest/pipeline.h"
#include "rules/rule_watch.h"

namespace countersign {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

class Families {
 public:
  void begin(std::string name, std::string help, MetricType type) {
    families_.push_back({std::move(name), std::move(help), type, {}});
  }

  void add(std::vector<ClientMetric::Label> labels, double value) {
    ClientMetric metric;
    metric.label = std::move(labels);
    if (families_.back().type == MetricType::Counter) {
      metric.counter.value = value;
    } else {
      metric.gauge.value = value;
    }
    families_.back().metric.push_back(std::move(metric));
  }

  void add(std::vector<ClientMetric::Label> labels, const DelayHistogram& delay) {
    ClientMetric metric;
    metric.label = std::move(labels);
    std::uint64_t cumulative = 0;
    for (std::size_t i = 0; i < delay.buckets.size(); ++i) {
      cumulative += delay.buckets[i].load();
      const double bound = i < kDelaySeconds.size() ? static_cast<double>(kDelaySeconds[i])
                                                    : std::numeric_limits<double>::infinity();
      metric.histogram.bucket.push_back({cumulative, bound});
    }
    metric.histogram.sample_count = cumulative;
    metric.histogram.sample_sum = static_cast<double>(delay.sum_seconds.load());
    families_.back().metric.push_back(std::move(metric));
  }

  std::vector<MetricFamily> take() { return std::move(families_); }

 private:
  std::vector<MetricFamily> families_;
};

double as_double(std::uint64_t value) { return static_cast<double>(value); }

class IngestCollectable final : public prometheus::Collectable {
 public:
  IngestCollectable(std::vector<PipelineView> pipelines, RulesView rules, const Clock& clock)
      : pipelines_(std::move(pipelines)), rules_(std::move(rules)), clock_(clock) {}

  std::vector<MetricFamily> Collect() const override {
    Families out;
    out.begin("countersign_ingest_records_total", "Messages delivered by a source.", MetricType::Counter);
    for (const PipelineView& view : pipelines_) {
      const std::string name = view.pipeline->name();
      out.add({{"topic", name}, {"source", name}}, as_double(view.metrics->records.load()));
    }
    out.begin("countersign_ingest_bytes_total", "Bytes of the messages delivered.", MetricType::Counter);
    for (const PipelineView& view : pipelines_) {
      out.add({{"topic", view.pipeline->name()}}, as_double(view.metrics->bytes.load()));
    }
    collect_rejects(out);
    out.begin("countersign_ingest_clock_skewed_records_total",
              "Events whose own time was more than 5 minutes in the future.", MetricType::Counter);
    for (const PipelineView& view : pipelines_) {
      out.add({{"source", view.pipeline->name()}}, as_double(view.metrics->skewed.load()));
    }
    collect_times(out);
    collect_lag(out);
    collect_rules(out);
    return out.take();
  }

 private:
  void collect_rejects(Families& out) const {
    out.begin("countersign_ingest_rejected_records_total", "Messages that became dead letters, by reason.",
              MetricType::Counter);
    for (const PipelineView& view : pipelines_) {
      for (std::size_t i = 0; i < kDeadLetterReasons.size(); ++i) {
        out.add({{"topic", view.pipeline->name()}, {"reason", std::string(kDeadLetterReasons[i])}},
                as_double(view.metrics->rejected[i].load()));
      }
    }
  }

  void collect_times(Families& out) const {
    out.begin("countersign_ingest_event_delay_seconds",
              "From an event's own time until what it led to was durable.", MetricType::Histogram);
    for (const PipelineView& view : pipelines_) {
      out.add({{"source", view.pipeline->name()}}, view.metrics->delay);
    }
    out.begin("countersign_ingest_last_record_processed_timestamp_seconds",
              "When the last batch of a source was processed.", MetricType::Gauge);
    for (const PipelineView& view : pipelines_) {
      out.add({{"topic", view.pipeline->name()}, {"partition", "all"}},
              static_cast<double>(view.metrics->last_processed_micros.load()) / 1e6);
    }
    out.begin("countersign_ingest_paused_partitions", "Sources whose reports the store does not take now.",
              MetricType::Gauge);
    for (const PipelineView& view : pipelines_) {
      out.add({{"topic", view.pipeline->name()}}, view.pipeline->paused() ? 1 : 0);
    }
  }

  void collect_lag(Families& out) const {
    using Lag = KafkaStats::Lag;
    const auto each = [this, &out](double (*value)(const Lag&)) {
      for (const PipelineView& view : pipelines_) {
        if (view.kafka == nullptr) continue;
        for (const Lag& lag : view.kafka->lag(clock_.now())) {
          out.add({{"topic", view.pipeline->name()}, {"partition", std::to_string(lag.partition)}},
                  value(lag));
        }
      }
    };
    out.begin("countersign_ingest_consumer_lag_records",
              "Records between the last batch and the end of a partition.", MetricType::Gauge);
    each([](const Lag& lag) { return as_double(lag.records); });
    out.begin("countersign_ingest_consumer_lag_seconds",
              "Age of the last record that was processed, while the partition holds more; 0 without lag.",
              MetricType::Gauge);
    each([](const Lag& lag) { return lag.seconds; });
  }

  void collect_rules(Families& out) const {
    const std::size_t quarantined = rules_.watch->quarantined().size();
    out.begin("countersign_rules_loaded", "Rules by what became of them.", MetricType::Gauge);
    out.add({{"status", "loaded"}}, as_double(rules_.counts.loaded - quarantined));
    out.add({{"status", "quarantined"}}, as_double(quarantined));
    out.add({{"status", "refused"}}, as_double(rules_.counts.refused));
    out.add({{"status", "skipped"}}, as_double(rules_.counts.skipped));
    out.begin("countersign_rules_last_reload_success_timestamp_seconds",
              "When the rules in force were loaded.", MetricType::Gauge);
    out.add({}, static_cast<double>(to_micros(rules_.loaded)) / 1e6);
  }

  std::vector<PipelineView> pipelines_;
  RulesView rules_;
  const Clock& clock_;
};

}  // namespace

std::shared_ptr<prometheus::Collectable> make_ingest_collectable(std::vector<PipelineView> pipelines,
                                                                 RulesView rules, const Clock& clock) {
  return std::make_shared<IngestCollectable>(std::move(pipelines), std::move(rules), clock);
}

}  // namespace countersign
