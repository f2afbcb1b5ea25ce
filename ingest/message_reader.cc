// SPDX-License-Identifier: Apache-2.0
#include "ingest/message_reader.h"

#include <algorithm>

namespace countersign {
namespace {

// Large enough that the system call disappears, small enough for a core's own cache.
constexpr std::size_t kWindowBytes = 256 * kKiB;
constexpr std::size_t kPartialKeptBytes = kMiB;  // capacity that survives a long message
constexpr std::string_view kCarriageReturn = "\r";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool all_blank(std::string_view bytes) { return std::all_of(bytes.begin(), bytes.end(), is_blank); }

}  // namespace

MessageReader::MessageReader(ByteStream stream, Framing framing, KeptBytes kept)
    : stream_(std::move(stream)), framing_(framing), kept_(kept), buffer_(kWindowBytes) {
  if (framing != Framing::Auto) scanner_ = make_scanner(framing, {});
}

MessageReader::MessageReader(ByteStream stream, Framing framing, KeptBytes kept, std::uint64_t offset,
                             const Scanner::State& state)
    : stream_(std::move(stream)),
      framing_(framing),
      kept_(kept),
      scanner_(make_scanner(framing, state)),
      at_start_(offset == 0),
      buffer_(kWindowBytes),
      offset_(offset) {}

void MessageReader::reset_partial() {
  partial_.clear();
  if (partial_.capacity() > kPartialKeptBytes) partial_.shrink_to_fit();
  partial_length_ = 0;
  partial_blank_ = true;
  if (partial_cut_) hash_ = Sha256();
  held_ = {};
  partial_cut_ = partial_given_ = false;
}

void MessageReader::append(std::string_view bytes) {
  partial_length_ += bytes.size();
  partial_blank_ = partial_blank_ && all_blank(bytes);
  // One byte more than the maximum may be the CR of the line's end.
  if (!partial_cut_ && partial_.size() + bytes.size() <= kept_.max + 1) {
    partial_.append(bytes);
    return;
  }
  if (!partial_cut_) {
    partial_cut_ = true;
    hash_held_back(partial_);
    if (partial_.size() < kept_.prefix) partial_.append(bytes.substr(0, kept_.prefix - partial_.size()));
    partial_.resize(std::min(partial_.size(), kept_.prefix));
    partial_.shrink_to_fit();
  }
  hash_held_back(bytes);
}

void MessageReader::hash_held_back(std::string_view bytes) {
  if (bytes.empty()) return;
  hash_.update(held_);
  held_ = bytes.ends_with('\r') ? kCarriageReturn : std::string_view{};
  bytes.remove_suffix(held_.size());
  hash_.update(bytes);
}

std::string_view MessageReader::strip(std::string_view bytes, bool terminated) const {
  if (framing_ == Framing::Lines) {
    if (terminated && bytes.ends_with('\r')) bytes.remove_suffix(1);
    return bytes;
  }
  while (!bytes.empty() && is_blank(bytes.back())) bytes.remove_suffix(1);
  return bytes;
}

void MessageReader::cut(Frame& frame, std::string_view bytes) const {
  frame.length = bytes.size();
  frame.truncated = bytes.size() > kept_.max;
  if (frame.truncated) frame.hash = sha256(bytes);
  frame.bytes = frame.truncated ? bytes.substr(0, kept_.prefix) : bytes;
}

/// Makes the frame of the message that ends with `tail`; false when it is a blank line.
bool MessageReader::finish(Frame& frame, std::string_view tail, bool terminated) {
  frame = Frame{};
  frame.line = scanner_->message_line();
  frame.end_offset = offset_;
  frame.end_state = scanner_->state();
  if (partial_length_ == 0) {
    const std::string_view bytes = strip(tail, terminated);
    if (all_blank(bytes)) return false;
    cut(frame, bytes);
    return true;
  }
  append(tail);
  if (partial_blank_) {
    reset_partial();
    return false;
  }
  partial_given_ = true;
  if (!partial_cut_) {
    cut(frame, strip(partial_, terminated));
    return true;
  }
  const bool line_end = framing_ == Framing::Lines && terminated;
  if (!line_end) hash_.update(held_);
  frame.length = partial_length_ - (line_end ? held_.size() : 0);
  frame.truncated = true;
  frame.hash = hash_.finish();
  frame.bytes = partial_;
  return true;
}

/// Reads behind what is there.
Result<MessageReader::Fill> MessageReader::fill(std::chrono::milliseconds wait) {
  if (ended_) return Fill::End;
  const auto got = stream_.read(std::span(buffer_).subspan(end_), wait);
  if (!got && got.error().kind == ErrorKind::Unavailable) return failure(got.error());
  if (!got) damage_ = got.error();
  ended_ = !got || got->end;
  if (ended_) return Fill::End;
  end_ += got->bytes;
  return got->bytes == 0 ? Fill::Idle : Fill::Ok;
}

void MessageReader::skip_byte_order_mark() {
  if (window().starts_with(kByteOrderMark)) {
    at_ += kByteOrderMark.size();
    offset_ += kByteOrderMark.size();
  }
  at_start_ = false;
}

/// Reads until the byte order mark is passed and the framing is known; false when nothing more comes now.
Result<bool> MessageReader::prepare(std::chrono::milliseconds wait) {
  while (at_start_ && !ended_) {
    const std::string_view seen = window();
    if (seen.size() >= kByteOrderMark.size() || !kByteOrderMark.starts_with(seen)) break;
    const auto filled = fill(wait);
    if (!filled) return failure(filled.error());
    if (*filled == Fill::Idle) return false;
  }
  if (at_start_) {
    skip_byte_order_mark();
    if (!scanner_) {
      const auto found = detector_.take(window());
      if (found) framing_ = *found;
    }
  }
  while (framing_ == Framing::Auto) {
    if (ended_ || end_ - at_ >= kFramingDetectBytesMax) {
      framing_ = Framing::Lines;
      break;
    }
    if (end_ == buffer_.size()) buffer_.resize(buffer_.size() * 2);
    const std::size_t seen = end_;
    const auto filled = fill(wait);
    if (!filled) return failure(filled.error());
    if (*filled == Fill::Idle) return false;
    const auto found = detector_.take({buffer_.data() + seen, end_ - seen});
    if (found) framing_ = *found;
  }
  if (!scanner_) scanner_ = make_scanner(framing_, {});
  return true;
}

Result<MessageReader::Next> MessageReader::next(Frame& frame, std::chrono::milliseconds wait) {
  if (at_start_ || !scanner_) {
    const auto ready = prepare(wait);
    if (!ready) return failure(ready.error());
    if (!*ready) return Next::Idle;
  }
  if (partial_given_) reset_partial();
  for (;;) {
    if (at_ == end_) {
      at_ = end_ = 0;
      if (buffer_.size() > kWindowBytes) std::vector<char>(kWindowBytes).swap(buffer_);
      const auto filled = fill(wait);
      if (!filled) return failure(filled.error());
      if (*filled == Fill::Idle) return Next::Idle;
      if (*filled == Fill::End)
        return scanner_->open() && finish(frame, {}, false) ? Next::Message : Next::End;
    }
    const std::string_view chunk = window();
    const Scanner::Step step = scanner_->scan(chunk);
    const std::string_view part = chunk.substr(step.begin, step.length);
    at_ += step.consumed;
    offset_ += step.consumed;
    if (!step.complete)
      append(part);
    else if (finish(frame, part, true))
      return Next::Message;
  }
}

}  // namespace countersign
