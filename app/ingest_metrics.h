// SPDX-License-Identifier: Apache-2.0
// The counters of ingestion and of the rules under their Prometheus names (operations: rows 2 to 10, 13 and
// 14). Any thread.
#pragma once

#include <memory>
#include <vector>

#include "app/loading.h"
#include "core/clock.h"
#include "ingest/metrics.h"

namespace prometheus {
class Collectable;
}

namespace countersign {

class KafkaStats;
class Pipeline;
class RuleWatch;

struct PipelineView {
  const Pipeline* pipeline;
  const IngestMetrics* metrics;
  std::shared_ptr<const KafkaStats> kafka;  // null: no Kafka source
};

/// The rules in force.
struct RulesView {
  RuleCounts counts;
  Timestamp loaded{};  // when
  std::shared_ptr<const RuleWatch> watch;
};

/// What the views point to must outlive the collectable.
std::shared_ptr<prometheus::Collectable> make_ingest_collectable(std::vector<PipelineView> pipelines,
                                                                 RulesView rules, const Clock& clock);

}  // namespace countersign
