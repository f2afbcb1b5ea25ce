// SPDX-License-Identifier: Apache-2.0
// What the store counts, under its Prometheus names (operations.md 3.4, rows 16 to 28). Any thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/clock.h"

namespace prometheus {
class Collectable;
}

namespace countersign {

class Store;

/// Both must outlive the collectable. What `sources` may open is counted from 0.
std::shared_ptr<prometheus::Collectable> store_metrics(const Store& store, const Clock& clock,
                                                       std::vector<std::string> sources);

}  // namespace countersign
