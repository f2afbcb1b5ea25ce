// SPDX-License-Identifier: Apache-2.0
// The messages of a file before the place where reading goes on, read once more for their keys
// (duplicate_window.h). A plain file of lines is looked through backwards from that place, so that the cost
// does not grow with the file; any other is cut from its beginning, because nothing else says where its
// messages lie.
//
// One thread. Owns a descriptor of its own, so that whoever reads on is not disturbed. Memory is that of a
// MessageReader. What can no longer be read is not given, and that is no error.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "ingest/batch_writer.h"
#include "ingest/file_position.h"
#include "ingest/message_reader.h"

namespace countersign {

class FileReadBack {
 public:
  /// At most `messages` before `next`, which stands at `cursor` of the file open at `fd`.
  FileReadBack(int fd, const FileCursor& cursor, Offset next, std::uint64_t messages, KeptBytes kept);

  /// Adds messages to `writer`, which has begun `batch`, until it is full; sets start and end. False when
  /// there are no more.
  bool next(BatchWriter& writer, MessageBatch& batch, Timestamp now);

 private:
  void begin(int fd, std::uint64_t messages, KeptBytes kept);
  bool frame();

  const FileCursor cursor_;
  std::optional<MessageReader> reader_;
  Frame frame_;
  bool frame_waits_ = false;
  std::uint64_t number_ = 0;  // of the next message that the reader gives
  std::uint64_t first_ = 0;   // to give
  const std::uint64_t end_;
};

/// Where the last `messages` messages of lines before `end` begin, looking backwards; `lines` is how many
/// line ends lie between, `messages` what was found. Blank lines are no messages.
struct LinesBack {
  std::uint64_t offset = 0;
  std::uint64_t messages = 0;
  std::uint64_t lines = 0;
};
std::optional<LinesBack> find_lines_back(int fd, std::uint64_t end, std::uint64_t messages);

}  // namespace countersign
