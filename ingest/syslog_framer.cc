// SPDX-License-Identifier: Apache-2.0
#include "ingest/syslog_framer.h"

#include <algorithm>

#include <fmt/format.h>

#include "ingest/framing.h"

namespace countersign {
namespace {

constexpr std::size_t kCountDigitsMax = 10;
constexpr std::string_view kTrailers("\r\n\0", 3);

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank_message(std::string_view text) { return std::all_of(text.begin(), text.end(), is_blank); }

/// memchr for either end; most connections never send a NUL.
std::size_t find_end(std::string_view bytes) {
  const std::size_t line_feed = bytes.find('\n');
  return std::min(bytes.substr(0, line_feed).find('\0'), line_feed);
}

}  // namespace

void add_syslog_message(std::string_view message, DoorChunk& out) {
  const std::size_t last = message.find_last_not_of(kTrailers);
  message = message.substr(0, last == std::string_view::npos ? 0 : last + 1);
  if (is_blank_message(message)) return;
  out.messages.push_back(
      {static_cast<std::uint32_t>(out.bytes.size()), static_cast<std::uint32_t>(message.size())});
  out.bytes.append(message);
}

Result<void> SyslogFramer::feed(std::string_view bytes, DoorChunk& out) {
  if (bytes.empty()) return {};
  if (way_ == Way::Undecided)
    way_ = is_digit(bytes.front()) && bytes.front() != '0' ? Way::Counting : Way::NonTransparent;
  if (way_ == Way::Counting) return feed_counting(bytes, out);
  feed_lines(bytes, out);
  return {};
}

Result<void> SyslogFramer::feed_counting(std::string_view bytes, DoorChunk& out) {
  while (!bytes.empty()) {
    if (!in_message_) {
      const auto read = read_count(bytes);
      if (!read) return failure(read.error());
      bytes.remove_prefix(*read);
      continue;
    }
    const auto here = static_cast<std::size_t>(std::min<std::uint64_t>(count_, bytes.size()));
    const std::string_view part = bytes.substr(0, here);
    bytes.remove_prefix(here);
    count_ -= here;
    if (count_ == 0 && length_ == 0 && part.size() <= kept_.max) {
      add_syslog_message(part, out);
    } else {
      append(part);
      if (count_ == 0) finish(out);
    }
    in_message_ = count_ > 0;
  }
  return {};
}

/// How many bytes belong to the count and its space.
Result<std::size_t> SyslogFramer::read_count(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const char c = bytes[at];
    if (c == ' ' && digits_ > 0) {
      digits_ = 0;
      in_message_ = true;
      return at + 1;
    }
    if (!is_digit(c) || (c == '0' && digits_ == 0))
      return failure(ErrorKind::Malformed,
                     fmt::format("byte 0x{:02x} where the length of the next message must stand",
                                 static_cast<unsigned char>(c)));
    if (++digits_ > kCountDigitsMax)
      return failure(ErrorKind::Malformed, fmt::format("a length of more than {} digits", kCountDigitsMax));
    count_ = (digits_ == 1 ? 0 : count_ * 10) + static_cast<std::uint64_t>(c - '0');
  }
  return bytes.size();
}

void SyslogFramer::feed_lines(std::string_view bytes, DoorChunk& out) {
  while (!bytes.empty()) {
    const std::size_t end = find_end(bytes);
    const std::string_view part = bytes.substr(0, end);
    if (end == std::string_view::npos) return append(part);
    if (length_ == 0 && part.size() <= kept_.max) {
      add_syslog_message(part, out);
    } else {
      append(part);
      finish(out);
    }
    bytes.remove_prefix(end + 1);
  }
}

void SyslogFramer::append(std::string_view bytes) {
  length_ += bytes.size();
  if (!hash_ && partial_.size() + bytes.size() <= kept_.max) {
    partial_.append(bytes);
    return;
  }
  if (!hash_) {
    hash_.emplace();
    hash_->update(partial_);
    partial_.append(bytes.substr(0, kept_.prefix - std::min(kept_.prefix, partial_.size())));
    partial_.resize(std::min(partial_.size(), kept_.prefix));
  }
  hash_->update(bytes);
}

void SyslogFramer::finish(DoorChunk& out) {
  if (hash_) {
    out.cuts.push_back({out.messages.size(), length_, hash_->finish()});
    out.messages.push_back(
        {static_cast<std::uint32_t>(out.bytes.size()), static_cast<std::uint32_t>(partial_.size())});
    out.bytes.append(partial_);
    partial_ = {};
  } else {
    add_syslog_message(partial_, out);
    partial_.clear();
  }
  hash_.reset();
  length_ = 0;
}

bool SyslogFramer::end(DoorChunk& out) {
  if (way_ == Way::Counting) return !inside();
  if (length_ > 0) finish(out);
  return true;
}

}  // namespace countersign
