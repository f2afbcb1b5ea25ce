// SPDX-License-Identifier: Apache-2.0
#include "ingest/byte_stream.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "core/limits.h"

namespace countersign {
namespace {

constexpr std::size_t kCompressedBytes = 64 * kKiB;  // read at once; zlib and zstd gain nothing from more

tl::unexpected<Error> cannot_read() {
  return failure(ErrorKind::Unavailable, fmt::format("cannot read: {}", errno_text()));
}

}  // namespace

ByteStream::ByteStream(UniqueFd fd, bool follow)
    : fd_(std::move(fd)), follow_(follow), in_(kCompressedBytes) {
  // Advice only: it fails on pipes, and nothing depends on it.
  static_cast<void>(::posix_fadvise(fd_.get(), 0, 0, POSIX_FADV_SEQUENTIAL));
}

Result<ByteStream::Read> ByteStream::read_raw(std::span<char> out, std::chrono::milliseconds wait) {
  if (raw_end_) return Read{0, true};
  pollfd ready{fd_.get(), POLLIN, 0};
  const int timeout = static_cast<int>(std::clamp<std::int64_t>(wait.count(), 0, 3'600'000));
  const int events = ::poll(&ready, 1, timeout);
  if (events < 0 && errno != EINTR) return cannot_read();
  if (events <= 0) return Read{};
  const ssize_t got = ::read(fd_.get(), out.data(), out.size());
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return Read{};
  if (got < 0) return cannot_read();
  if (got == 0 && follow_) {
    // A file is always ready to be read: only a pause keeps this from spinning.
    static_cast<void>(::poll(nullptr, 0, timeout));
    return Read{};
  }
  raw_end_ = got == 0;
  raw_bytes_ += static_cast<std::uint64_t>(got);
  return Read{static_cast<std::size_t>(got), raw_end_};
}

/// True when enough came to know what the file is.
Result<bool> ByteStream::detect(std::chrono::milliseconds wait) {
  while (in_end_ < kMagicBytes && !raw_end_) {
    const auto got = read_raw(std::span(in_).subspan(in_end_, kMagicBytes - in_end_), wait);
    if (!got) return failure(got.error());
    if (got->bytes == 0 && !got->end) return false;
    in_end_ += got->bytes;
  }
  compression_ = detect_compression({in_.data(), in_end_});
  if (compression_ != Compression::None) decompressor_ = make_decompressor(compression_);
  detected_ = true;
  return true;
}

Result<ByteStream::Read> ByteStream::read(std::span<char> out, std::chrono::milliseconds wait) {
  if (!detected_) {
    const auto known = detect(wait);
    if (!known) return failure(known.error());
    if (!*known) return Read{};
  }
  return decompressor_ ? read_compressed(out, wait) : read_plain(out, wait);
}

Result<ByteStream::Read> ByteStream::read_plain(std::span<char> out, std::chrono::milliseconds wait) {
  if (in_at_ == in_end_) return read_raw(out, wait);
  const std::size_t bytes = std::min(out.size(), in_end_ - in_at_);
  std::memcpy(out.data(), in_.data() + in_at_, bytes);
  in_at_ += bytes;
  return Read{bytes, false};
}

Result<ByteStream::Read> ByteStream::read_compressed(std::span<char> out, std::chrono::milliseconds wait) {
  for (;;) {
    const auto progress = decompressor_->step({in_.data() + in_at_, in_end_ - in_at_}, out);
    if (!progress) return failure(progress.error());
    in_at_ += progress->consumed;
    if (progress->produced > 0) return Read{progress->produced, false};
    if (progress->consumed > 0) continue;
    if (raw_end_ && decompressor_->at_boundary()) return Read{0, true};
    if (raw_end_)
      return failure(ErrorKind::Corrupt, fmt::format("{} data is cut off after {} bytes of the file",
                                                     to_string(compression_), raw_bytes_));
    // Both libraries take all input that they can use, but may keep a few bytes for the next step.
    std::memmove(in_.data(), in_.data() + in_at_, in_end_ - in_at_);
    in_end_ -= in_at_;
    in_at_ = 0;
    const auto got = read_raw(std::span(in_).subspan(in_end_), wait);
    if (!got) return failure(got.error());
    if (got->bytes == 0 && !got->end) return Read{};
    in_end_ += got->bytes;
  }
}

Result<std::uint64_t> ByteStream::skip_to(std::uint64_t offset) {
  const auto known = detect(std::chrono::milliseconds{0});
  if (!known) return failure(known.error());
  if (!decompressor_) {
    struct stat status{};
    if (::fstat(fd_.get(), &status) != 0) return cannot_read();
    const auto size = static_cast<std::uint64_t>(status.st_size);
    const std::uint64_t target = std::min(offset, size);
    if (::lseek(fd_.get(), static_cast<off_t>(target), SEEK_SET) < 0) return cannot_read();
    in_at_ = in_end_ = 0;
    detected_ = true;
    raw_end_ = false;
    raw_bytes_ = target;
    return target;
  }
  std::vector<char> skipped(kCompressedBytes);
  std::uint64_t at = 0;
  while (at < offset) {
    const std::size_t wanted = std::min<std::uint64_t>(skipped.size(), offset - at);
    const auto got = read(std::span(skipped).first(wanted), std::chrono::milliseconds{0});
    if (!got) return failure(got.error());
    if (got->end) break;
    at += got->bytes;
  }
  return at;
}

}  // namespace countersign
