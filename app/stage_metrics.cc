// SPDX-License-Identifier: Apache-2.0
#include "app/stage_metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include "app/metric_families.h"
#include "ingest/pipeline.h"
#include "store/store.h"

namespace countersign {
namespace {

class StageCollectable final : public prometheus::Collectable {
 public:
  StageCollectable(std::vector<PipelineView> pipelines, const Store& store)
      : pipelines_(std::move(pipelines)), store_(store) {}

  std::vector<prometheus::MetricFamily> Collect() const override {
    DurationHistogram decode(kStageSeconds);
    DurationHistogram detect(kStageSeconds);
    std::uint64_t messages = 0;
    for (const PipelineView& view : pipelines_) {
      const BatchTimes::Values times = view.metrics->times.read();
      decode.add(times.decode);
      detect.add(times.detect);
      messages += view.pipeline->queued();
    }
    const StoreCounters store = store_.counters();
    MetricFamilies out;
    out.begin_histogram("countersign_stage_duration_seconds",
                        "Work of a stage: decode and detect on a batch, decide, journal and apply on the "
                        "commands that share a synced write.");
    out.add({{"stage", "decode"}}, decode);
    out.add({{"stage", "detect"}}, detect);
    out.add({{"stage", "decide"}}, store.decide);
    out.add({{"stage", "journal"}}, store.journal);
    out.add({{"stage", "apply"}}, store.apply);
    out.begin_gauge("countersign_stage_queue_records",
                    "What waits for a stage: messages for detect, commands for decide.");
    out.add({{"stage", "detect"}}, static_cast<double>(messages));
    out.add({{"stage", "decide"}}, static_cast<double>(store_.health().queue_commands));
    return out.take();
  }

 private:
  std::vector<PipelineView> pipelines_;
  const Store& store_;
};

}  // namespace

std::shared_ptr<prometheus::Collectable> make_stage_collectable(std::vector<PipelineView> pipelines,
                                                                const Store& store) {
  return std::make_shared<StageCollectable>(std::move(pipelines), store);
}

}  // namespace countersign
