// SPDX-License-Identifier: Apache-2.0
// What a source delivers: the bytes of a Kafka record or of a line of a file, in batches of one partition.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/arena.h"
#include "core/ids.h"
#include "core/limits.h"
#include "core/report.h"
#include "core/time.h"

namespace countersign {

/// simdjson reads up to this many bytes past the end of a document, content irrelevant (SIMDJSON_PADDING
/// of 3.0.1).
inline constexpr std::size_t kMessagePaddingBytes = 64;

struct Message {
  std::string_view bytes;    // in the batch's arena, followed by at least kMessagePaddingBytes readable bytes
  bool null = false;         // a Kafka tombstone; bytes is empty
  bool truncated = false;    // longer than kDeadLetterBytesMax: `bytes` is the prefix that was kept
  std::uint64_t length = 0;  // of the original
  Hash256 hash;  // of the original; filled only when truncated, and then stands for the bytes, which
                 // are gone, in the ledger's digest
  Offset offset;
  std::uint64_t line = 0;   // where it starts in its file, from 1; 0 for Kafka
  Timestamp append_time{};  // the record's timestamp; reading time for files
};

/// What a reused batch may keep: a full batch in blocks that do not fit exactly.
inline constexpr std::size_t kBatchArenaKeptBytes = 2 * kBatchBytesMax;

/// Messages of one source partition in order, and where the next batch starts. Filled by a source, used by
/// one worker, reused: clear() keeps the memory.
struct MessageBatch {
  SourcePartition partition;
  std::uint32_t incarnation = 0;
  Offset start;  // first offset that this batch accounts for
  Offset end;    // one past the last
  std::vector<Message> messages;
  std::vector<Gap> gaps;  // offsets of [start, end) that were not delivered
  std::string cursor;     // SourcePosition::cursor after this batch
  /// Messages before the position, read again only so that duplicates of them are known: no report, and
  /// [start, end) is accounted for already.
  bool keys_only = false;
  Arena arena;

  void clear() {
    messages.clear();
    gaps.clear();
    cursor.clear();
    arena.clear();
    // One huge message must not keep its memory in every batch that is reused.
    if (arena.capacity_bytes() > kBatchArenaKeptBytes) arena = Arena();
    start = end = Offset{};
    keys_only = false;
  }
};

}  // namespace countersign
