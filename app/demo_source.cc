// SPDX-License-Identifier: Apache-2.0
#include "app/demo_source.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "app/demo_feed.h"
#include "core/limits.h"

namespace countersign {
namespace {

constexpr std::chrono::minutes kPast{2};

class DemoSource final : public Source {
 public:
  DemoSource(const Clock& clock, std::uint64_t seed) : clock_(clock), seed_(seed) {}

  const SourceName& name() const override { return partition_.source; }

  Result<void> start(const std::map<SourcePartition, SourcePosition>& positions) override {
    if (const auto known = positions.find(partition_); known != positions.end()) {
      incarnation_ = known->second.incarnation + 1;
    }
    DemoFeedOptions options;
    options.seed = seed_ + incarnation_;
    options.start = clock_.now() - kPast;
    feed_.emplace(options);
    pending_ = feed_->next(due_);
    return {};
  }

  Result<Next> next(MessageBatch& batch, std::chrono::milliseconds wait) override {
    batch.clear();
    const Timestamp now = clock_.now();
    if (due_ > now) {
      // Nothing notifies: this only waits until the message is due or the caller's time is up.
      std::unique_lock lock(mutex_);
      timer_.wait_for(lock, std::min<std::chrono::nanoseconds>(wait, due_ - now));
      if (due_ > clock_.now()) return Next::Idle;
    }
    batch.partition = partition_;
    batch.incarnation = incarnation_;
    batch.start = Offset{next_offset_};
    while (due_ <= clock_.now() && batch.messages.size() < kBatchMessagesMax) {
      append(batch);
      pending_ = feed_->next(due_);
    }
    batch.end = Offset{next_offset_};
    return Next::Batch;
  }

  std::vector<std::string> take_warnings() override { return {}; }

 private:
  void append(MessageBatch& batch) {
    const std::span<char> place = batch.arena.allocate(pending_.size() + kMessagePaddingBytes);
    std::copy(pending_.begin(), pending_.end(), place.begin());
    std::fill(place.begin() + static_cast<std::ptrdiff_t>(pending_.size()), place.end(), ' ');
    Message message;
    message.bytes = {place.data(), pending_.size()};
    message.length = pending_.size();
    message.offset = Offset{next_offset_++};
    message.append_time = due_;
    batch.messages.push_back(message);
  }

  const Clock& clock_;
  std::uint64_t seed_;
  SourcePartition partition_{{"demo"}, {"demo"}, 0};
  std::uint32_t incarnation_ = 0;
  std::optional<DemoFeed> feed_;
  std::string pending_;
  Timestamp due_{};
  std::uint64_t next_offset_ = 0;
  std::mutex mutex_;
  std::condition_variable timer_;
};

}  // namespace

std::unique_ptr<Source> make_demo_source(const Clock& clock, std::uint64_t seed) {
  return std::make_unique<DemoSource>(clock, seed);
}

}  // namespace countersign
