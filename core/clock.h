// SPDX-License-Identifier: Apache-2.0
// Where "now" comes from. Passed in through constructors, so that tests hold the time. Any thread.
#pragma once

#include <atomic>

#include "core/time.h"

namespace countersign {

class Clock {
 public:
  virtual ~Clock() = default;
  /// The wall clock in UTC. May go back; whoever needs order takes the maximum with what it saw.
  virtual Timestamp now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Timestamp now() const override;
};

/// A clock that moves only when told: tests, and the deterministic demo feed.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start) : nanos_(start.time_since_epoch().count()) {}
  Timestamp now() const override { return Timestamp{std::chrono::nanoseconds{nanos_.load()}}; }
  void set(Timestamp time) { nanos_.store(time.time_since_epoch().count()); }
  void advance(std::chrono::nanoseconds by) { nanos_.fetch_add(by.count()); }

 private:
  std::atomic<std::int64_t> nanos_;
};

}  // namespace countersign
