// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/sources/source_fixture.h"

#include <stdexcept>

#include <zlib.h>
#include <zstd.h>

namespace countersign {
namespace {

/// Books and padding of one batch; its messages go to `result`.
void take_batch(const MessageBatch& batch, ReadResult& result) {
  if (!result.positions.empty()) {
    EXPECT_EQ(batch.start, result.positions.back().next);
  }
  EXPECT_EQ(batch.end.value - batch.start.value, batch.messages.size());
  EXPECT_TRUE(batch.gaps.empty());
  for (const Message& message : batch.messages) {
    // Sanitizers see a read beyond the padding that was promised.
    volatile char last = message.bytes.data()[message.bytes.size() + kMessagePaddingBytes - 1];
    static_cast<void>(last);
    EXPECT_FALSE(message.null);
    EXPECT_EQ(message.hash == Hash256{}, !message.truncated);
    result.messages.push_back({std::string(message.bytes), message.offset.value, message.line, message.length,
                               message.truncated, message.hash});
  }
  result.positions.push_back({batch.end, batch.incarnation, {}, batch.cursor});
}

}  // namespace

bool read_on(Source& source, ReadResult& result, std::size_t batches_max) {
  MessageBatch batch;
  bool ended = false;
  while (result.positions.size() < batches_max) {
    const auto next = source.next(batch, std::chrono::milliseconds{0});
    if (!next) result.error = next.error();
    ended = next && *next == Source::Next::End;
    if (!next || *next != Source::Next::Batch) break;
    take_batch(batch, result);
  }
  for (std::string& warning : source.take_warnings()) result.warnings.push_back(std::move(warning));
  result.had_errors = source.had_errors();
  return ended;
}

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("deflateInit2");
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int code = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (code != Z_STREAM_END) throw std::runtime_error("deflate");
  return out;
}

std::string zstd(std::string_view bytes) {
  const std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
  if (ZSTD_isError(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1)) != 0)
    throw std::runtime_error("ZSTD_c_checksumFlag");
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size = ZSTD_compress2(context.get(), out.data(), out.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(size) != 0) throw std::runtime_error("ZSTD_compress2");
  out.resize(size);
  return out;
}

FileSourceOptions SourceTest::options_for(const std::string& file) {
  FileSourceOptions options;
  options.path = file;
  return options;
}

ReadResult SourceTest::read(const FileSourceOptions& options, const std::optional<SourcePosition>& from,
                            std::size_t batches_max) const {
  ReadResult result;
  auto source = open_file_source(options, clock_);
  if (!source) {
    result.error = source.error();
    return result;
  }
  std::map<SourcePartition, SourcePosition> positions;
  if (from) positions[{(*source)->name(), file_topic(options.path), 0}] = *from;
  if (auto started = (*source)->start(positions); !started) {
    result.error = started.error();
    return result;
  }
  while (!result.error && result.positions.size() < batches_max && !read_on(**source, result, batches_max)) {
  }
  return result;
}

}  // namespace countersign
