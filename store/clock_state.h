// SPDX-License-Identifier: Apache-2.0
// What the kernel knows of the wall clock's truth (adjtimex), for the log's heartbeat. Any thread.
#pragma once

#include <chrono>

namespace countersign {

struct ClockState {
  bool known = false;
  bool synchronised = false;
  std::chrono::microseconds offset{};
};
ClockState read_clock_state();

}  // namespace countersign
