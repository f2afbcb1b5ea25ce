// SPDX-License-Identifier: Apache-2.0
#include "ingest/door_queue.h"

#include <utility>

namespace countersign {

void DoorQueue::open(Offset next) {
  const std::lock_guard lock(mutex_);
  next_ = stored_ = given_next_ = next;
  open_ = true;
}

DoorQueue::Offer DoorQueue::offer(DoorChunk& chunk) {
  const std::lock_guard lock(mutex_);
  if (!open_) return Offer::Closed;
  if (is_full()) {
    was_full_ = true;
    return Offer::Full;
  }
  const DoorReceipt receipt{next_, Offset{next_.value + chunk.messages.size()}};
  next_ = receipt.end;
  bytes_ += chunk.bytes.size();
  messages_ += chunk.messages.size();
  if (chunk.acknowledge) waiting_.push_back({receipt, std::exchange(chunk.acknowledge, nullptr)});
  chunks_.push_back(std::exchange(chunk, {}));
  changed_.notify_all();
  return Offer::Taken;
}

bool DoorQueue::take(MessageBatch& batch, BatchWriter& writer, std::chrono::milliseconds wait) {
  bool room = false;
  {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, wait, [this] { return !chunks_.empty(); })) return false;
    writer.begin(batch);
    batch.start = given_next_;
    while (!chunks_.empty() && give(chunks_.front(), writer)) {
      bytes_ -= chunks_.front().bytes.size();
      chunks_.pop_front();
      given_ = cuts_given_ = 0;
    }
    batch.end = given_next_;
    room = was_full_ && !is_full();
    if (room) was_full_ = false;
  }
  if (room && when_room_) when_room_();
  return true;
}

/// False when the rest of the chunk belongs into the next batch.
bool DoorQueue::give(const DoorChunk& chunk, BatchWriter& writer) {
  for (; given_ < chunk.messages.size(); ++given_) {
    const DoorMessage& place = chunk.messages[given_];
    if (!writer.fits(place.size)) return false;
    Message message;
    message.bytes = std::string_view(chunk.bytes).substr(place.begin, place.size);
    message.length = place.size;
    if (cuts_given_ < chunk.cuts.size() && chunk.cuts[cuts_given_].message == given_) {
      message.truncated = true;
      message.length = chunk.cuts[cuts_given_].length;
      message.hash = chunk.cuts[cuts_given_].hash;
      ++cuts_given_;
    }
    message.offset = given_next_;
    message.append_time = chunk.received;
    writer.add(message);
    ++given_next_.value;
    --messages_;
  }
  return true;
}

void DoorQueue::stored(Offset next) {
  std::vector<Waiting> done;
  {
    const std::lock_guard lock(mutex_);
    stored_ = next;
    while (!waiting_.empty() && waiting_.front().receipt.end <= next) {
      done.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    changed_.notify_all();
  }
  for (const Waiting& waiting : done) waiting.acknowledge(waiting.receipt);
}

void DoorQueue::end() {
  const std::lock_guard lock(mutex_);
  open_ = false;
  changed_.notify_all();
}

bool DoorQueue::ended() const {
  const std::lock_guard lock(mutex_);
  return !open_ && chunks_.empty();
}

bool DoorQueue::wait_until_stored(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [this] { return stored_ == next_; });
}

void DoorQueue::close() {
  std::deque<Waiting> left;
  {
    const std::lock_guard lock(mutex_);
    open_ = false;
    left = std::exchange(waiting_, {});
    changed_.notify_all();
  }
  for (const Waiting& waiting : left)
    waiting.acknowledge(failure(ErrorKind::Unavailable, "the program stops; what was sent may not be kept"));
}

std::size_t DoorQueue::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

std::size_t DoorQueue::messages() const {
  const std::lock_guard lock(mutex_);
  return messages_;
}

}  // namespace countersign
