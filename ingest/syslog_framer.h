// SPDX-License-Identifier: Apache-2.0
// Cuts what comes over a connection into syslog messages, as RFC 6587 describes the two ways that are in use.
// The first byte decides for the whole connection (§3.4):
//
//   octet counting    *( count SP message )           count = nonzero-digit *digit, at most 10 digits
//   non-transparent   *( message ( LF / NUL ) )       when the first byte is no digit from 1 to 9
//
// A CR, LF or NUL at the end of a message is no part of it, in either way; blank messages are none. A message
// longer than KeptBytes::max is cut to the prefix, with the length and hash of the whole (then with its CR).
// One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/hash.h"
#include "core/result.h"
#include "ingest/batch_writer.h"
#include "ingest/door_queue.h"

namespace countersign {

/// Adds `message` to `out` without what ends it; nothing when it is blank.
void add_syslog_message(std::string_view message, DoorChunk& out);

class SyslogFramer {
 public:
  explicit SyslogFramer(KeptBytes kept) : kept_(kept) {}

  /// Adds the messages that are complete. Malformed: no count stands where one must; where the next message
  /// begins is then unknown, and the connection is of no use any more.
  Result<void> feed(std::string_view bytes, DoorChunk& out);
  /// The connection has ended. Without counting, what is left is a message; with counting it is cut off:
  /// false, and it is not added.
  bool end(DoorChunk& out);
  /// A message (or its count) has begun and is not complete.
  bool inside() const { return digits_ > 0 || length_ > 0 || in_message_; }

 private:
  enum class Way : std::uint8_t { Undecided, Counting, NonTransparent };

  Result<void> feed_counting(std::string_view bytes, DoorChunk& out);
  void feed_lines(std::string_view bytes, DoorChunk& out);
  Result<std::size_t> read_count(std::string_view bytes);
  void append(std::string_view bytes);
  void finish(DoorChunk& out);

  const KeptBytes kept_;
  Way way_ = Way::Undecided;
  // Counting:
  std::size_t digits_ = 0;
  std::uint64_t count_ = 0;  // while it is read; then the bytes still to come
  bool in_message_ = false;
  // The message that is not complete:
  std::string partial_;
  std::uint64_t length_ = 0;
  std::optional<Sha256> hash_;  // there when partial_ is only the prefix
};

}  // namespace countersign
