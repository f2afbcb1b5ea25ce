// SPDX-License-Identifier: Apache-2.0
#include "store/clock_state.h"

#include <sys/timex.h>

namespace countersign {

ClockState read_clock_state() {
  timex request{};  // mode 0: read only
  const int state = adjtimex(&request);
  if (state < 0) return {};
  ClockState out;
  out.known = true;
  out.synchronised = state != TIME_ERROR;
  out.offset =
      (request.status & STA_NANO) != 0
          ? std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::nanoseconds{request.offset})
          : std::chrono::microseconds{request.offset};
  return out;
}

}  // namespace countersign
