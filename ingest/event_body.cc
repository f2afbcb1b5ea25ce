// SPDX-License-Identifier: Apache-2.0
#include "ingest/event_body.h"

#include <algorithm>

#include <fmt/format.h>

#include "ingest/decompressor.h"
#include "ingest/framing.h"

namespace countersign {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kUnpackBytes = 256 * kKiB;

bool is_blank_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return is_blank(c) || c == '\n'; });
}

Result<std::string> unpack(std::string_view packed) {
  std::string out;
  const auto gzip = make_decompressor(Compression::Gzip);
  for (;;) {
    const std::size_t size = out.size();
    if (size > kDoorChunkBytesMax)
      return failure(ErrorKind::LimitExceeded,
                     fmt::format("unpacked, the body has more than {} bytes", kDoorChunkBytesMax));
    out.resize(size + kUnpackBytes);
    const auto step = gzip->step(packed, {out.data() + size, kUnpackBytes});
    if (!step) return failure(ErrorKind::Malformed, "gzip: " + step.error().message);
    out.resize(size + step->produced);
    packed.remove_prefix(step->consumed);
    if (step->produced > 0 || step->consumed > 0) continue;
    if (!packed.empty() || !gzip->at_boundary())
      return failure(ErrorKind::Malformed, "gzip: the body is cut off");
    return out;
  }
}

}  // namespace

Result<DoorChunk> cut_event_body(EventBody body) {
  if (body.gzip) {
    auto unpacked = unpack(body.bytes);
    if (!unpacked) return failure(unpacked.error());
    body.bytes = std::move(*unpacked);
  }
  DoorChunk chunk;
  chunk.bytes = std::move(body.bytes);
  if (chunk.bytes.size() > kDoorChunkBytesMax)
    return failure(ErrorKind::LimitExceeded, fmt::format("the body has {} bytes; the limit is {}",
                                                         chunk.bytes.size(), kDoorChunkBytesMax));
  const std::string_view text = chunk.bytes;
  std::size_t at = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  const std::size_t first = text.find_first_not_of(" \t\r\n", at);
  const bool array = first != std::string_view::npos && text[first] == '[';
  const Framing framing = body.lines ? Framing::Lines : array ? Framing::Array : Framing::Documents;
  const auto scanner = make_scanner(framing, {});
  while (at < text.size()) {
    const Scanner::Step step = scanner->scan(text.substr(at));
    std::string_view message = text.substr(at + step.begin, step.length);
    if (message.ends_with('\r')) message.remove_suffix(1);
    if (!is_blank_text(message)) {
      if (chunk.messages.size() == kDoorChunkMessagesMax)
        return failure(ErrorKind::LimitExceeded,
                       fmt::format("the body has more than {} events", kDoorChunkMessagesMax));
      chunk.messages.push_back({static_cast<std::uint32_t>(message.data() - text.data()),
                                static_cast<std::uint32_t>(message.size())});
    }
    at += step.consumed;
    if (step.consumed == 0) break;
  }
  if (chunk.empty()) return failure(ErrorKind::InvalidArgument, "there is no event in the body");
  return chunk;
}

}  // namespace countersign
