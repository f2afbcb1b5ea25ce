// SPDX-License-Identifier: Apache-2.0
// The body of a request that sends events, cut into messages like a file (ingest/framing.h): one a line, or
// the elements of a JSON array, or JSON documents one after another. What is broken inside is a message all
// the same and becomes a dead letter. Pure; any thread.
#pragma once

#include <string>

#include "core/result.h"
#include "ingest/door_queue.h"

namespace countersign {

struct EventBody {
  std::string bytes;
  bool lines = true;  // one message a line; else an array or documents
  bool gzip = false;  // RFC 1952
};

/// Errors: LimitExceeded (more than kDoorChunkBytesMax bytes unpacked or kDoorChunkMessagesMax messages),
/// Malformed (gzip that is damaged or cut off), InvalidArgument (nothing in it).
Result<DoorChunk> cut_event_body(EventBody body);

}  // namespace countersign
