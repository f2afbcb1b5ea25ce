// SPDX-License-Identifier: Apache-2.0
// Compressed formats as streams: members or frames one after another are one stream (RFC 1952 §2.2, RFC 8878
// §3.1). One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "core/result.h"

namespace countersign {

enum class Compression : std::uint8_t { None, Gzip, Zstd };
std::string_view to_string(Compression compression);

/// What this many first bytes decide.
inline constexpr std::size_t kMagicBytes = 4;
/// By the magic number; fewer than kMagicBytes bytes decide what they can.
Compression detect_compression(std::string_view first_bytes);
/// By the end of the name: `.gz`, `.zst`.
Compression named_compression(std::string_view path);

class Decompressor {
 public:
  struct Progress {
    std::size_t consumed = 0;
    std::size_t produced = 0;
  };
  virtual ~Decompressor() = default;
  /// Errors: Corrupt (the stream is damaged; what was produced before is good), LimitExceeded (asks for more
  /// memory than is given).
  virtual Result<Progress> step(std::string_view in, std::span<char> out) = 0;
  /// True when the input may end here.
  virtual bool at_boundary() const = 0;
};

/// `compression` must not be None.
std::unique_ptr<Decompressor> make_decompressor(Compression compression);

}  // namespace countersign
