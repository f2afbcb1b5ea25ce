// SPDX-License-Identifier: Apache-2.0
// The demo's event stream: realistic firewall, antivirus and EDR messages of an invented company with attacks
// in them. It reads no clock and does no I/O: the same options give the same bytes on every machine. One
// thread.
//
// The first minute plays every scenario once, so that alerts of all severities appear at once; later one
// starts every 12 to 45 s. They come back to the same few machines, so that open alerts count up. One message
// in 1,000 is broken and becomes a dead letter.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/time.h"

namespace countersign {

struct DemoFeedOptions {
  std::uint64_t seed = 1;
  Timestamp start{};
  double messages_per_second = 20;  // on a working day from 8 to 17 UTC; a third of it at night; above 0
  bool attacks = true;              // false: background and broken messages only
};

class DemoFeed {
 public:
  explicit DemoFeed(const DemoFeedOptions& options);
  ~DemoFeed();

  /// The next message and when it is due, never before the one before it. The message carries this time, and
  /// holds no line end. There is no last one.
  std::string next(Timestamp& time);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace countersign
