// SPDX-License-Identifier: Apache-2.0
// Local times → UTC: by a fixed offset, or by the rules of a zone of the tz database (RFC 6557) as this
// machine has it, with summer time. A value; any thread.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/time.h"

namespace countersign {

class TimeZone {
 public:
  TimeZone() = default;  // UTC
  explicit TimeZone(std::chrono::minutes offset) : offset_(offset) {}

  /// `Z`, `UTC`, `+02:00`, `-0500`, or a name such as `Europe/Berlin`. Errors: InvalidArgument; NotFound
  /// (this machine does not have the zone).
  static Result<TimeZone> parse(std::string_view text);

  /// `local` is what a clock on the wall shows, counted as if it were UTC. Of an hour that comes twice the
  /// first counts, and one that is left out is taken as the clock's that was not set yet.
  Timestamp utc(Timestamp local) const;
  /// The other way: what the clock on the wall shows then.
  Timestamp local(Timestamp utc) const;

  bool operator==(const TimeZone&) const = default;

 private:
  struct Named;
  std::chrono::minutes offset_{0};
  std::shared_ptr<const Named> named_;  // null: the offset
};

}  // namespace countersign
