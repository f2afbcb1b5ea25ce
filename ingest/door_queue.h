// SPDX-License-Identifier: Apache-2.0
// Messages on their way from clients (HTTP, syslog) to the pipeline. Whoever reads the network offers chunks,
// the source takes them as batches, and what is durable is acknowledged to those who asked for it. Nothing is
// kept on disk: a client that was not acknowledged sends again.
//
// Any thread may offer; one takes; stored() comes from another one. Acknowledgements and `when_room` are
// called without a lock held, and must not throw. Bounded: beyond DoorLimits an offer is refused, and the
// chunk stays with its owner.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "core/message.h"
#include "core/result.h"
#include "ingest/batch_writer.h"

namespace countersign {

struct DoorLimits {
  std::size_t bytes_max = 16 * kMiB;      // reached: full; the last chunk may go beyond it
  std::size_t messages_max = 256 * 1024;  // the same
};

/// One chunk's bytes at most: what a single client may have on its way.
inline constexpr std::size_t kDoorChunkBytesMax = kBatchBytesMax;
inline constexpr std::size_t kDoorChunkMessagesMax = 64 * 1024;

struct DoorMessage {
  std::uint32_t begin = 0;  // in DoorChunk::bytes
  std::uint32_t size = 0;
};

/// A message that was longer than what is kept of it.
struct DoorCut {
  std::size_t message = 0;  // index in DoorChunk::messages
  std::uint64_t length = 0;
  Hash256 hash;
};

/// Durable: the messages [first, end) of the door's partition.
struct DoorReceipt {
  Offset first;
  Offset end;
};

struct DoorChunk {
  using Acknowledge = std::function<void(const Result<DoorReceipt>&)>;

  std::string bytes;
  std::vector<DoorMessage> messages;  // not empty when it is offered
  std::vector<DoorCut> cuts;          // in order
  Acknowledge acknowledge;            // may be empty; called once
  Timestamp received{};

  bool empty() const { return messages.empty(); }
  void clear() {
    bytes.clear();
    messages.clear();
    cuts.clear();
  }
};

class DoorQueue {
 public:
  enum class Offer : std::uint8_t { Taken, Full, Closed };

  explicit DoorQueue(DoorLimits limits = {}) : limits_(limits) {}

  /// Offers are Closed before this. The next message has the offset `next`.
  void open(Offset next);
  /// Moves from `chunk` only when it is Taken.
  Offer offer(DoorChunk& chunk);
  /// Fills `batch`, whose partition the caller sets; false when nothing came within `wait`.
  bool take(MessageBatch& batch, BatchWriter& writer, std::chrono::milliseconds wait);
  /// Everything below `next` is durable.
  void stored(Offset next);

  /// No more offers; what is here is still taken.
  void end();
  /// True when nothing is left and nothing can come.
  bool ended() const;
  /// Waits until all that was taken in is durable; false when that lasts longer.
  bool wait_until_stored(std::chrono::milliseconds limit);
  /// No more offers; what is not acknowledged never will be, and is told so.
  void close();

  /// Called by take() when a queue that was full has room again. Set before open().
  void when_room(std::function<void()> call) { when_room_ = std::move(call); }
  std::size_t bytes() const;
  std::size_t messages() const;

 private:
  struct Waiting {
    DoorReceipt receipt;
    DoorChunk::Acknowledge acknowledge;
  };
  bool is_full() const { return bytes_ >= limits_.bytes_max || messages_ >= limits_.messages_max; }
  bool give(const DoorChunk& chunk, BatchWriter& writer);

  const DoorLimits limits_;
  std::function<void()> when_room_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // All guarded by mutex_:
  std::deque<DoorChunk> chunks_;
  std::size_t bytes_ = 0;     // of chunks_
  std::size_t messages_ = 0;  // of chunks_, not yet given
  std::deque<Waiting> waiting_;
  Offset next_;    // of the next chunk that is offered
  Offset stored_;  // below it everything is durable
  bool open_ = false;
  bool was_full_ = false;
  // Of the thread that takes; guarded as well, since wait_until_stored() looks:
  std::size_t given_ = 0;  // messages of chunks_.front()
  std::size_t cuts_given_ = 0;
  Offset given_next_;
};

}  // namespace countersign
