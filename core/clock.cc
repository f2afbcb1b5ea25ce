// SPDX-License-Identifier: Apache-2.0
#include "core/clock.h"

namespace countersign {

Timestamp SystemClock::now() const {
  return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

}  // namespace countersign
