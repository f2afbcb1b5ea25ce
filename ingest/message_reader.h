// SPDX-License-Identifier: Apache-2.0
// Messages out of a byte stream: detects the framing, cuts, joins what lies across reads, and keeps of very
// long messages only a prefix, the length and the hash. Memory is bounded by one message of `kept_bytes_max`
// (while the framing is detected: by a first document of kFramingDetectBytesMax). One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/hash.h"
#include "core/limits.h"
#include "core/result.h"
#include "ingest/batch_writer.h"
#include "ingest/byte_stream.h"
#include "ingest/framing.h"
#include "ingest/framing_detector.h"

namespace countersign {

/// A first document longer than this is not recognised as one: the file is read by lines.
inline constexpr std::size_t kFramingDetectBytesMax = kDeadLetterBytesMax;

/// One message; `bytes` stay valid until the next call of MessageReader::next().
struct Frame {
  std::string_view bytes;
  bool truncated = false;
  std::uint64_t length = 0;
  Hash256 hash;  // only when truncated
  std::uint64_t line = 0;
  std::uint64_t end_offset = 0;  // where reading goes on after it …
  Scanner::State end_state;      // … and how
};

class MessageReader {
 public:
  enum class Next : std::uint8_t { Message, Idle, End };

  /// Reads from the stream's first byte.
  MessageReader(ByteStream stream, Framing framing, KeptBytes kept);
  /// Goes on at `offset`, to which `stream` was moved; `framing` must not be Auto.
  MessageReader(ByteStream stream, Framing framing, KeptBytes kept, std::uint64_t offset,
                const Scanner::State& state);

  /// Errors: Unavailable (the system cannot read). Compressed data that is damaged or asks for too much
  /// memory is no error: what could be read is given, then End, and damage() says what was wrong.
  Result<Next> next(Frame& frame, std::chrono::milliseconds wait);

  void end_following() { stream_.end_following(); }

  /// Auto until detected.
  Framing framing() const { return framing_; }
  const std::optional<Error>& damage() const { return damage_; }
  /// True when the input ended inside of an array.
  bool array_open() const { return ended_ && scanner_ && scanner_->state().in_array; }
  const ByteStream& stream() const { return stream_; }

 private:
  enum class Fill : std::uint8_t { Ok, Idle, End };
  Result<Fill> fill(std::chrono::milliseconds wait);
  Result<bool> prepare(std::chrono::milliseconds wait);
  void skip_byte_order_mark();
  void append(std::string_view bytes);
  void hash_held_back(std::string_view bytes);
  void reset_partial();
  void cut(Frame& frame, std::string_view bytes) const;
  bool finish(Frame& frame, std::string_view tail, bool terminated);
  std::string_view strip(std::string_view bytes, bool terminated) const;
  std::string_view window() const { return {buffer_.data() + at_, end_ - at_}; }

  ByteStream stream_;
  Framing framing_;
  KeptBytes kept_;
  FramingDetector detector_;
  std::unique_ptr<Scanner> scanner_;  // null until the framing is known
  bool at_start_ = true;              // a byte order mark may still come
  bool ended_ = false;
  std::optional<Error> damage_;

  std::vector<char> buffer_;  // bytes read and not yet scanned: [at_, end_)
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  std::uint64_t offset_ = 0;  // of the byte at at_

  // The part of the current message that came with earlier reads.
  std::string partial_;
  std::uint64_t partial_length_ = 0;
  bool partial_blank_ = true;
  bool partial_cut_ = false;    // partial_ is only the prefix; hash_ has seen all but held_
  bool partial_given_ = false;  // the last frame points into partial_
  std::string_view held_;       // a CR at the end that may belong to the line's end
  Sha256 hash_;
};

}  // namespace countersign
