// SPDX-License-Identifier: Apache-2.0
// The counters of ingestion under their Prometheus names (operations: rows 2 to 10). Any thread.
#pragma once

#include <memory>
#include <vector>

#include "core/clock.h"
#include "ingest/metrics.h"

namespace prometheus {
class Collectable;
}

namespace countersign {

class DoorStats;
class KafkaStats;
class Pipeline;

struct PipelineView {
  const Pipeline* pipeline;
  const IngestMetrics* metrics;
  std::shared_ptr<const KafkaStats> kafka;     // null: no Kafka source
  std::shared_ptr<const DoorStats> door = {};  // null: no door
};

/// What the views point to must outlive the collectable.
std::shared_ptr<prometheus::Collectable> make_ingest_collectable(std::vector<PipelineView> pipelines,
                                                                 const Clock& clock);

}  // namespace countersign
