// SPDX-License-Identifier: Apache-2.0
// A door as a Source of one partition: what clients send over the network, by way of a DoorQueue. Offsets
// count messages and go on where the store's position is; what was offered and not stored when the program
// ended is gone, and its offsets are given again. Nothing is read from anywhere, so no restart finds a
// message twice.
//
// The source owns the listener, which offers to the queue on threads of its own; HTTP has none, because the
// API's server listens.
#pragma once

#include <memory>
#include <string>

#include "core/clock.h"
#include "core/result.h"
#include "ingest/door_queue.h"
#include "ingest/door_stats.h"
#include "ingest/source.h"

namespace countersign {

/// Listens and offers from start() until it is destroyed.
class DoorListener {
 public:
  virtual ~DoorListener() = default;
  /// Errors: InvalidArgument (an address or a file that cannot be used), Denied (no right to bind or read),
  /// NotFound (a file), Unavailable (port in use).
  virtual Result<void> start() = 0;
};

struct DoorSourceOptions {
  SourceName name;
  TopicName topic;
  BatchLimits limits;
};

/// `listener` may be null. `clock` must outlive the source.
std::unique_ptr<Source> make_door_source(DoorSourceOptions options, std::shared_ptr<DoorQueue> queue,
                                         std::shared_ptr<DoorStats> stats,
                                         std::unique_ptr<DoorListener> listener, const Clock& clock);

}  // namespace countersign
