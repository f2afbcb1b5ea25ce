// SPDX-License-Identifier: Apache-2.0
// JSON bytes → the flat fields of events (core/event.h), with simdjson's structural index and our own reading
// of scalars, so that numbers keep their digits and names of nested members join with dots.
//
// One thread owns and uses a JsonDecoder; it keeps its memory, so that a warm one allocates nothing per
// field. The fields view the message bytes and the event's arena. Errors are values: DecodeFailure says why a
// message or one element of it could not be read, where (byte), and the limit, and holds no payload.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/event.h"
#include "ingest/decode_limits.h"

namespace countersign {

/// One event of a message. When `failure` is set, the event is not filled.
struct JsonElement {
  std::uint32_t index = 0;
  bool of_array = false;  // the message holds many
  std::string_view raw;   // the element's own bytes
  const DecodeFailure* failure = nullptr;
};

/// A copy of `text` with the bytes behind it that decode() wants; lives as long as the arena's content.
std::string_view padded(std::string_view text, Arena& arena);

class JsonDecoder {
 public:
  explicit JsonDecoder(DecodeLimits limits = {});
  ~JsonDecoder();
  JsonDecoder(JsonDecoder&&) noexcept;
  JsonDecoder& operator=(JsonDecoder&&) noexcept;

  /// Reads `json`, an object, several of them (NDJSON) or an array of them, which kMessagePaddingBytes
  /// readable bytes follow. Calls `each` for every element in order with `event` cleared and filled. A
  /// failure of the whole message is returned before any call; a failure of one element goes to `each`, and
  /// the others go on. Names of the event live until the next call.
  std::optional<DecodeFailure> decode(std::string_view json, Event& event,
                                      const std::function<void(const JsonElement&)>& each);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace countersign
