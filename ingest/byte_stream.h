// SPDX-License-Identifier: Apache-2.0
// The decompressed bytes of an open file, pipe or terminal. Detects gzip and zstd by their magic numbers on
// the first read. One thread owns and uses it; it owns the descriptor. Offsets count decompressed bytes.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/result.h"
#include "ingest/decompressor.h"
#include "ingest/posix.h"

namespace countersign {

class ByteStream {
 public:
  struct Read {
    std::size_t bytes = 0;  // 0 and not `end`: nothing came within the wait
    bool end = false;
  };

  /// With `follow`, a file's end is none: reading waits for more, until end_following().
  explicit ByteStream(UniqueFd fd, bool follow = false);

  /// Errors: Corrupt (compressed data damaged or cut off; everything before was given), LimitExceeded (zstd
  /// window), Unavailable (the system cannot read).
  Result<Read> read(std::span<char> out, std::chrono::milliseconds wait);

  /// Moves to `offset`, before the first read: plain files seek, compressed ones are read up to there. Gives
  /// where it stands, which is less than `offset` only when the stream ends before. Not for pipes. Errors as
  /// read().
  Result<std::uint64_t> skip_to(std::uint64_t offset);

  /// The file will not grow any more: its end is the end.
  void end_following() { follow_ = false; }

  /// None until the first bytes came.
  Compression compression() const { return compression_; }
  /// Bytes of the file itself read so far.
  std::uint64_t raw_bytes() const { return raw_bytes_; }
  int fd() const { return fd_.get(); }

 private:
  Result<Read> read_raw(std::span<char> out, std::chrono::milliseconds wait);
  Result<bool> detect(std::chrono::milliseconds wait);
  Result<Read> read_plain(std::span<char> out, std::chrono::milliseconds wait);
  Result<Read> read_compressed(std::span<char> out, std::chrono::milliseconds wait);

  UniqueFd fd_;
  Compression compression_ = Compression::None;
  bool detected_ = false;
  bool raw_end_ = false;
  bool follow_ = false;
  std::unique_ptr<Decompressor> decompressor_;  // null for plain
  std::vector<char> in_;                        // raw bytes not used yet: [in_at_, in_end_)
  std::size_t in_at_ = 0;
  std::size_t in_end_ = 0;
  std::uint64_t raw_bytes_ = 0;
};

}  // namespace countersign
