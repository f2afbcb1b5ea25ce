// SPDX-License-Identifier: Apache-2.0
#include "app/source_metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include "app/metric_families.h"
#include "app/source_keeper.h"
#include "store/store.h"

namespace countersign {
namespace {

double unix_seconds(Timestamp time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); }

class SourceCollectable final : public prometheus::Collectable {
 public:
  SourceCollectable(const SourceKeeper& keeper, const Store& store, std::vector<SourceName> configured)
      : keeper_(keeper), store_(store), configured_(std::move(configured)) {}

  std::vector<prometheus::MetricFamily> Collect() const override {
    const auto rows = store_.source_statuses(shown(), configured_).value_or(std::vector<SourceStatus>{});
    MetricFamilies out;
    out.begin_gauge("countersign_source_silent",
                    "1: an expected source sends nothing, for longer than it may; 0: it does.");
    for (const SourceStatus& row : rows) {
      if (row.state == SourceState::Unwatched) continue;
      const bool silent = row.state == SourceState::Silent || row.state == SourceState::NeverSeen;
      out.add({{"source", row.expected.name}}, silent ? 1 : 0);
    }
    out.begin_gauge("countersign_source_last_record_timestamp_seconds",
                    "When the last record of a source, or of an expected observer, was stored.");
    for (const SourceStatus& row : rows) {
      if (row.activity) out.add({{"source", row.expected.name}}, unix_seconds(row.activity->last_record));
    }
    return out.take();
  }

 private:
  std::vector<ExpectedSource> shown() const {
    const auto expected = keeper_.expected();
    std::vector<ExpectedSource> out;
    for (const bool whole : {true, false}) {
      for (const ExpectedSource& one : *expected) {
        if (out.size() == kSourceSeriesMax) return out;
        if (one.subject.whole() == whole) out.push_back(one);
      }
    }
    return out;
  }

  const SourceKeeper& keeper_;
  const Store& store_;
  const std::vector<SourceName> configured_;
};

}  // namespace

std::shared_ptr<prometheus::Collectable> make_source_collectable(const SourceKeeper& keeper,
                                                                 const Store& store,
                                                                 std::vector<SourceName> configured) {
  return std::make_shared<SourceCollectable>(keeper, store, std::move(configured));
}

}  // namespace countersign
