// SPDX-License-Identifier: Apache-2.0
// How long work takes, by a clock that only goes forward. One thread.
#pragma once

#include <chrono>
#include <utility>

namespace countersign {

class Stopwatch {
 public:
  /// The time since the last lap, at first since the watch was made.
  std::chrono::nanoseconds lap() {
    const Clock::time_point now = Clock::now();
    return now - std::exchange(last_, now);
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point last_ = Clock::now();
};

}  // namespace countersign
