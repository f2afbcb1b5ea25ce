// SPDX-License-Identifier: Apache-2.0
// Health of sources for Prometheus: expected ones by the names of their entries, others by their own. At most
// kSourceSeriesMax of each; sources as a whole come first. Any thread.
#pragma once

#include <memory>
#include <vector>

#include "core/ids.h"

namespace prometheus {
class Collectable;
}

namespace countersign {

class SourceKeeper;
class Store;

inline constexpr std::size_t kSourceSeriesMax = 1'000;

/// Keeper and store must outlive the collectable.
std::shared_ptr<prometheus::Collectable> make_source_collectable(const SourceKeeper& keeper,
                                                                 const Store& store,
                                                                 std::vector<SourceName> configured);

}  // namespace countersign
