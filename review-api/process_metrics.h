// SPDX-License-Identifier: Apache-2.0
// The process_* metrics that every Prometheus client offers, read from /proc/self. Any thread.
#pragma once

#include <memory>

namespace prometheus {
class Collectable;
}

namespace countersign {

std::shared_ptr<prometheus::Collectable> process_metrics();

}  // namespace countersign
