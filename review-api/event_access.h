// SPDX-License-Identifier: Apache-2.0
// Where events go that clients send over HTTP. The API knows the request, `app` the sources behind it
// (ingest), so that neither includes the other. Plain values and one function.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/result.h"

namespace countersign {

struct EventBatch {
  std::string source;  // empty: the only one
  std::string body;
  bool lines = true;  // one event a line; else JSON documents or an array of them
  bool gzip = false;
};

/// Durable: so many events, with these offsets of the source's partition.
struct EventReceipt {
  std::string source;
  std::uint64_t accepted = 0;
  std::uint64_t first_offset = 0;
  std::uint64_t last_offset = 0;
};

/// What the API needs of the doors for events. Any thread.
struct EventAccess {
  using Done = std::function<void(const Result<EventReceipt>&)>;
  /// Calls `done` once, at once or later, from any thread. Errors: NotFound (no such source),
  /// InvalidArgument (no source is named and there are several; nothing in the body), Malformed (the body
  /// cannot be unpacked), LimitExceeded (too large), Unavailable (queue full, disk nearly full, stopping).
  /// May be empty: this server takes no events.
  std::function<void(EventBatch batch, Done done)> send;
};

}  // namespace countersign
