// SPDX-License-Identifier: Apache-2.0
#include "app/ingest_metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include "app/metric_families.h"
#include "ingest/door_stats.h"
#include "ingest/kafka_stats.h"
#include "ingest/pipeline.h"

namespace countersign {
namespace {

double as_double(std::uint64_t value) { return static_cast<double>(value); }
double seconds(Timestamp time) { return static_cast<double>(to_micros(time)) / 1e6; }

class IngestCollectable final : public prometheus::Collectable {
 public:
  IngestCollectable(std::vector<PipelineView> pipelines, const Clock& clock)
      : pipelines_(std::move(pipelines)), clock_(clock) {}

  std::vector<prometheus::MetricFamily> Collect() const override {
    MetricFamilies out;
    out.begin_counter("countersign_ingest_records_total", "Messages delivered by a source.");
    for (const PipelineView& view : pipelines_) {
      const std::string name = view.pipeline->name();
      out.add({{"topic", name}, {"source", name}}, as_double(view.metrics->records.load()));
    }
    out.begin_counter("countersign_ingest_bytes_total", "Bytes of the messages delivered.");
    for (const PipelineView& view : pipelines_) {
      out.add({{"topic", view.pipeline->name()}}, as_double(view.metrics->bytes.load()));
    }
    collect_rejects(out);
    out.begin_counter("countersign_ingest_clock_skewed_records_total",
                      "Events whose own time was more than 5 minutes in the future.");
    for (const PipelineView& view : pipelines_) {
      out.add({{"source", view.pipeline->name()}}, as_double(view.metrics->skewed.load()));
    }
    collect_times(out);
    collect_lag(out);
    collect_doors(out);
    return out.take();
  }

 private:
  void collect_rejects(MetricFamilies& out) const {
    out.begin_counter("countersign_ingest_rejected_records_total",
                      "Messages that became dead letters, by reason.");
    for (const PipelineView& view : pipelines_) {
      for (std::size_t i = 0; i < kDeadLetterReasons.size(); ++i) {
        out.add({{"topic", view.pipeline->name()}, {"reason", std::string(kDeadLetterReasons[i])}},
                as_double(view.metrics->rejected[i].load()));
      }
    }
  }

  void collect_times(MetricFamilies& out) const {
    out.begin_histogram("countersign_ingest_event_delay_seconds",
                        "From an event's own time until what it led to was durable.");
    for (const PipelineView& view : pipelines_) {
      out.add({{"source", view.pipeline->name()}}, view.metrics->times.read().delay);
    }
    out.begin_gauge("countersign_ingest_last_record_processed_timestamp_seconds",
                    "When the report of a partition's last record became durable.");
    for (const PipelineView& view : pipelines_) {
      const BatchTimes::Values times = view.metrics->times.read();
      for (const auto& [partition, when] : times.durable) {
        out.add({{"topic", view.pipeline->name()}, {"partition", std::to_string(partition)}}, seconds(when));
      }
    }
    out.begin_gauge("countersign_ingest_paused_partitions",
                    "Sources whose reports the store does not take now.");
    for (const PipelineView& view : pipelines_) {
      out.add({{"topic", view.pipeline->name()}}, view.pipeline->paused() ? 1 : 0);
    }
  }

  void collect_lag(MetricFamilies& out) const {
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
    out.begin_gauge("countersign_ingest_consumer_lag_records",
                    "Records between the last batch and the end of a partition.");
    each([](const Lag& lag) { return as_double(lag.records); });
    out.begin_gauge(
        "countersign_ingest_consumer_lag_seconds",
        "Age of the last record that was processed, while the partition holds more; 0 without lag.");
    each([](const Lag& lag) { return lag.seconds; });
  }

  void collect_doors(MetricFamilies& out) const {
    using Counter = std::atomic<std::uint64_t> DoorStats::*;
    const auto each = [this, &out](Counter counter) {
      for (const PipelineView& view : pipelines_) {
        if (view.door)
          out.add({{"source", view.pipeline->name()}}, as_double(((*view.door).*counter).load()));
      }
    };
    out.begin_gauge("countersign_door_connections", "Connections that senders hold open.");
    each(&DoorStats::connections);
    out.begin_gauge("countersign_door_paused_connections",
                    "Of these, connections that are not read because the queue is full.");
    each(&DoorStats::paused);
    out.begin_counter("countersign_door_connections_total", "Connections that were taken.");
    each(&DoorStats::connections_total);
    out.begin_counter("countersign_door_cut_messages_total",
                      "Messages longer than the limit, of which only the beginning is kept.");
    each(&DoorStats::cut);
    out.begin_counter("countersign_door_unfinished_messages_total",
                      "Messages that were lost because their connection ended in the middle.");
    each(&DoorStats::unfinished);
    out.begin_counter("countersign_door_dropped_datagrams_total",
                      "Datagrams that were lost: the queue was full, or the system's buffer of the socket.");
    for (const PipelineView& view : pipelines_) {
      if (!view.door) continue;
      const std::string name = view.pipeline->name();
      out.add({{"source", name}, {"where", "queue"}}, as_double(view.door->dropped.load()));
      out.add({{"source", name}, {"where", "system"}}, as_double(view.door->dropped_by_system.load()));
    }
    out.begin_counter("countersign_door_refused_total",
                      "Connections and requests that a door turned away, by reason.");
    for (const PipelineView& view : pipelines_) {
      for (std::size_t i = 0; view.door && i < kDoorRefusals.size(); ++i) {
        out.add({{"source", view.pipeline->name()}, {"reason", std::string(kDoorRefusals[i])}},
                as_double(view.door->refused[i].load()));
      }
    }
  }

  std::vector<PipelineView> pipelines_;
  const Clock& clock_;
};

}  // namespace

std::shared_ptr<prometheus::Collectable> make_ingest_collectable(std::vector<PipelineView> pipelines,
                                                                 const Clock& clock) {
  return std::make_shared<IngestCollectable>(std::move(pipelines), clock);
}

}  // namespace countersign
