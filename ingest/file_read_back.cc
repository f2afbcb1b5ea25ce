// SPDX-License-Identifier: Apache-2.0
#include "ingest/file_read_back.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "core/limits.h"

namespace countersign {
namespace {
constexpr std::size_t kBlockBytes = 256 * kKiB;
constexpr std::chrono::milliseconds kNoWait{0};

bool read_block(int fd, std::uint64_t at, std::vector<char>& block) {
  std::size_t got = 0;
  while (got < block.size()) {
    const ssize_t bytes = ::pread(fd, block.data() + got, block.size() - got, static_cast<off_t>(at + got));
    if (bytes <= 0) return false;
    got += static_cast<std::size_t>(bytes);
  }
  return true;
}

bool all_blank(std::string_view text) { return std::all_of(text.begin(), text.end(), is_blank); }

}  // namespace

std::optional<LinesBack> find_lines_back(int fd, std::uint64_t end, std::uint64_t messages) {
  LinesBack found{end, 0, 0};
  std::vector<char> block;
  bool blank = true;  // so far, the line whose end was passed
  for (std::uint64_t block_end = end; block_end > 0;) {
    block.resize(std::min<std::uint64_t>(kBlockBytes, block_end));
    block_end -= block.size();
    if (!read_block(fd, block_end, block)) return std::nullopt;
    std::string_view rest(block.data(), block.size());
    for (;;) {
      const std::size_t feed = rest.rfind('\n');
      const std::size_t begin = feed == std::string_view::npos ? 0 : feed + 1;
      blank = blank && all_blank(rest.substr(begin));
      if (feed == std::string_view::npos) break;
      // What stands behind this line feed is a whole line.
      if (!blank) ++found.messages;
      found.offset = block_end + begin;
      if (found.messages == messages) return found;
      ++found.lines;
      blank = true;
      rest = rest.substr(0, feed);
    }
  }
  if (!blank) ++found.messages;
  found.offset = 0;
  return found;
}

FileReadBack::FileReadBack(int fd, const FileCursor& cursor, Offset next, std::uint64_t messages,
                           KeptBytes kept)
    : cursor_(cursor), end_(next.value) {
  begin(fd, messages, kept);
}

void FileReadBack::begin(int fd, std::uint64_t messages, KeptBytes kept) {
  // Not dup(): both would share one place in the file.
  UniqueFd own(::open(fmt::format("/proc/self/fd/{}", fd).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (own.get() < 0 || end_ == 0) return;
  first_ = end_ - std::min(end_, messages);
  ByteStream stream(std::move(own));
  if (cursor_.framing == Framing::Lines && first_ > 0) {
    // Compression is known only after a look at the first bytes.
    const auto at = stream.skip_to(0);
    if (!at) return;
    const auto back = stream.compression() == Compression::None
                          ? find_lines_back(stream.fd(), cursor_.offset, messages)
                          : std::nullopt;
    if (back && back->offset > 0 && back->messages <= end_) {
      if (const auto there = stream.skip_to(back->offset); !there || *there != back->offset) return;
      number_ = first_ = end_ - back->messages;
      const Scanner::State state{cursor_.state.line - std::min(cursor_.state.line, back->lines), false};
      reader_.emplace(std::move(stream), Framing::Lines, kept, back->offset, state);
      return;
    }
  }
  reader_.emplace(std::move(stream), cursor_.framing, kept);
}

/// The next message before the cursor that is to be given.
bool FileReadBack::frame() {
  if (std::exchange(frame_waits_, false)) return true;
  while (reader_ && number_ < end_) {
    const auto got = reader_->next(frame_, kNoWait);
    // A regular file is always ready.
    const bool given = got && *got == MessageReader::Next::Message && frame_.end_offset <= cursor_.offset;
    if (!given) break;
    if (number_++ >= first_) return true;
  }
  reader_.reset();
  return false;
}

bool FileReadBack::next(BatchWriter& writer, MessageBatch& batch, Timestamp now) {
  while (frame()) {
    if (!writer.fits(frame_.bytes.size())) {
      frame_waits_ = true;
      break;
    }
    Message message;
    message.bytes = frame_.bytes;
    message.truncated = frame_.truncated;
    message.length = frame_.length;
    message.hash = frame_.hash;
    message.offset = Offset{number_ - 1};
    message.line = frame_.line;
    message.append_time = now;
    if (writer.empty()) batch.start = message.offset;
    batch.end = Offset{number_};
    writer.add(message);
  }
  return !writer.empty();
}

}  // namespace countersign
