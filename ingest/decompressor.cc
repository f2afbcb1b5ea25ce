// SPDX-License-Identifier: Apache-2.0
#include "ingest/decompressor.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

namespace countersign {
namespace {

constexpr std::string_view kGzipMagic = "\x1f\x8b\x08";
constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd";
constexpr std::string_view kZstdSkippableMagic = "\x2a\x4d\x18";  // after one byte 0x50 to 0x5f
constexpr int kGzipOnly = 16 + MAX_WBITS;                         // zlib.h, inflateInit2
// Frames that ask for more (zstd --long=28 and above) are refused. ZSTD_WINDOWLOG_LIMIT_DEFAULT of zstd 1.5.
constexpr int kZstdWindowLogMax = 27;

// Both libraries fail in these places only when memory is gone; there is nothing to go on with.
void require(bool ok) {
  if (!ok) std::abort();
}

class Gzip final : public Decompressor {
 public:
  Gzip() { require(inflateInit2(&stream_, kGzipOnly) == Z_OK); }
  ~Gzip() override { static_cast<void>(inflateEnd(&stream_)); }  // cannot fail on an initialised stream
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  Result<Progress> step(std::string_view in, std::span<char> out) override {
    if (state_ == State::Between) {
      // Tapes and block devices pad with zeros; gzip(1) ignores them too.
      const std::size_t zeros = std::min(in.find_first_not_of('\0'), in.size());
      if (zeros > 0) return Progress{zeros, 0};
      if (in.empty()) return Progress{};
      state_ = State::Member;
    }
    // zlib never writes through next_in.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = clamp(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = clamp(out.size());
    const uInt in_before = stream_.avail_in;
    const uInt out_before = stream_.avail_out;
    const int code = inflate(&stream_, Z_NO_FLUSH);
    const Progress progress{in_before - stream_.avail_in, out_before - stream_.avail_out};
    if (code == Z_STREAM_END) {
      require(inflateReset(&stream_) == Z_OK);
      state_ = State::Between;
      return progress;
    }
    if (code == Z_OK || code == Z_BUF_ERROR || (code == Z_DATA_ERROR && progress.produced > 0))
      return progress;
    require(code == Z_DATA_ERROR);
    return failure(ErrorKind::Corrupt, fmt::format("gzip data is damaged: {}",
                                                   stream_.msg == nullptr ? "no detail" : stream_.msg));
  }

  bool at_boundary() const override { return state_ == State::Between; }

 private:
  enum class State : std::uint8_t { Member, Between };
  static uInt clamp(std::size_t size) {
    return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
  }

  z_stream stream_{};
  State state_ = State::Member;
};

class Zstd final : public Decompressor {
 public:
  Zstd() : context_(ZSTD_createDCtx()) {
    require(context_ != nullptr);
    require(ZSTD_isError(ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kZstdWindowLogMax)) ==
            0);
  }

  Result<Progress> step(std::string_view in, std::span<char> out) override {
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    const std::size_t code = ZSTD_decompressStream(context_.get(), &output, &input);
    if (ZSTD_isError(code) != 0) return refused(code);
    // Nothing read and nothing written says nothing new about the boundary.
    if (input.pos > 0 || output.pos > 0) at_boundary_ = code == 0;
    return Progress{input.pos, output.pos};
  }

  bool at_boundary() const override { return at_boundary_; }

 private:
  struct Free {
    void operator()(ZSTD_DCtx* context) const { static_cast<void>(ZSTD_freeDCtx(context)); }
  };
  static tl::unexpected<Error> refused(std::size_t code) {
    if (ZSTD_getErrorCode(code) == ZSTD_error_frameParameter_windowTooLarge)
      return failure(ErrorKind::LimitExceeded,
                     fmt::format("zstd frame asks for a window above 2^{} bytes", kZstdWindowLogMax));
    return failure(ErrorKind::Corrupt, fmt::format("zstd data is damaged: {}", ZSTD_getErrorName(code)));
  }

  std::unique_ptr<ZSTD_DCtx, Free> context_;
  bool at_boundary_ = false;
};

}  // namespace

std::string_view to_string(Compression compression) {
  switch (compression) {
    case Compression::None: return "none";
    case Compression::Gzip: return "gzip";
    case Compression::Zstd: return "zstd";
  }
  std::abort();
}

Compression detect_compression(std::string_view first_bytes) {
  if (first_bytes.starts_with(kGzipMagic)) return Compression::Gzip;
  if (first_bytes.starts_with(kZstdMagic)) return Compression::Zstd;
  const bool skippable = first_bytes.size() >= kMagicBytes && (first_bytes[0] & '\xf0') == '\x50' &&
                         first_bytes.substr(1).starts_with(kZstdSkippableMagic);
  return skippable ? Compression::Zstd : Compression::None;
}

Compression named_compression(std::string_view path) {
  if (path.ends_with(".gz")) return Compression::Gzip;
  if (path.ends_with(".zst")) return Compression::Zstd;
  return Compression::None;
}

std::unique_ptr<Decompressor> make_decompressor(Compression compression) {
  switch (compression) {
    case Compression::None: break;
    case Compression::Gzip: return std::make_unique<Gzip>();
    case Compression::Zstd: return std::make_unique<Zstd>();
  }
  std::abort();
}

}  // namespace countersign
