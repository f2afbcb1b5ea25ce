// SPDX-License-Identifier: Apache-2.0
// How long each stage of the straight line takes and what waits before it, over all sources (operations: rows
// 11 and 12). One collectable for ingestion and store: a family is given once. Any thread.
#pragma once

#include <memory>
#include <vector>

#include "app/ingest_metrics.h"

namespace countersign {

class Store;

/// What the views point to and the store must outlive the collectable.
std::shared_ptr<prometheus::Collectable> make_stage_collectable(std::vector<PipelineView> pipelines,
                                                                const Store& store);

}  // namespace countersign
