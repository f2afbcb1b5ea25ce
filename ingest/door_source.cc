// SPDX-License-Identifier: Apache-2.0
#include "ingest/door_source.h"

#include <fmt/format.h>

namespace countersign {
namespace {

constexpr std::chrono::seconds kWarnEvery{10};  // a flood of refusals is one line

class DoorSource final : public Source {
 public:
  DoorSource(DoorSourceOptions options, std::shared_ptr<DoorQueue> queue, std::shared_ptr<DoorStats> stats,
             std::unique_ptr<DoorListener> listener, const Clock& clock)
      : partition_{std::move(options.name), std::move(options.topic), 0},
        queue_(std::move(queue)),
        stats_(std::move(stats)),
        listener_(std::move(listener)),
        clock_(clock),
        writer_(options.limits) {}
  ~DoorSource() override {
    listener_.reset();
    queue_->close();
  }
  DoorSource(const DoorSource&) = delete;
  DoorSource& operator=(const DoorSource&) = delete;

  const SourceName& name() const override { return partition_.source; }

  Result<void> start(const std::map<SourcePartition, SourcePosition>& positions) override {
    if (const auto known = positions.find(partition_); known != positions.end()) {
      incarnation_ = known->second.incarnation;
      next_ = known->second.next;
    }
    queue_->open(next_);
    return listener_ ? listener_->start() : Result<void>{};
  }

  Result<Next> next(MessageBatch& batch, std::chrono::milliseconds wait) override {
    if (!queue_->take(batch, writer_, wait)) {
      batch.clear();
      return queue_->ended() ? Next::End : Next::Idle;
    }
    batch.partition = partition_;
    batch.incarnation = incarnation_;
    return Next::Batch;
  }

  void stored(const SourcePartition&, Offset next, std::optional<Timestamp>) override {
    queue_->stored(next);
  }

  std::vector<std::string> take_warnings() override {
    const Timestamp now = clock_.now();
    if (now < warn_at_) return {};
    std::vector<std::string> warnings = stats_->take_warnings();
    for (std::string& warning : warnings) warning = fmt::format("{}: {}", partition_.topic.value, warning);
    if (!warnings.empty()) warn_at_ = now + kWarnEvery;
    return warnings;
  }

 private:
  SourcePartition partition_;
  std::uint32_t incarnation_ = 0;
  Offset next_;  // where it began
  std::shared_ptr<DoorQueue> queue_;
  std::shared_ptr<DoorStats> stats_;
  std::unique_ptr<DoorListener> listener_;
  const Clock& clock_;
  BatchWriter writer_;
  Timestamp warn_at_{};
};

}  // namespace

std::unique_ptr<Source> make_door_source(DoorSourceOptions options, std::shared_ptr<DoorQueue> queue,
                                         std::shared_ptr<DoorStats> stats,
                                         std::unique_ptr<DoorListener> listener, const Clock& clock) {
  return std::make_unique<DoorSource>(std::move(options), std::move(queue), std::move(stats),
                                      std::move(listener), clock);
}

}  // namespace countersign
