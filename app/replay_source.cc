// SPDX-License-Identifier: Apache-2.0
#include "app/replay_source.h"

#include <algorithm>

#include "app/letter_decoding.h"
#include "ingest/batch_writer.h"

namespace countersign {
namespace {

class ReplaySource final : public Source {
 public:
  ReplaySource(const Store& store, ReplayRecord replay, std::size_t group)
      : store_(store),
        name_(replay_source(replay.entry)),
        partition_(replay_partition(replay, group)),
        letters_(std::move(replay.groups[group].letters)) {}

  const SourceName& name() const override { return name_; }

  void read_back(std::uint64_t messages) override { read_back_ = messages; }

  Result<void> start(const std::map<SourcePartition, SourcePosition>& positions) override {
    const auto found = positions.find(partition_);
    if (found != positions.end()) position_ = found->second.next.value;
    at_ = position_ - std::min(position_, read_back_);
    return {};
  }

  Result<Next> next(MessageBatch& batch, std::chrono::milliseconds /*wait*/) override {
    if (at_ >= letters_.size()) return Next::End;
    BatchWriter writer{BatchLimits{.messages_max = kReplayBatchLetters}};
    writer.begin(batch);
    batch.partition = partition_;
    batch.incarnation = 0;
    batch.start = Offset{at_};
    batch.keys_only = at_ < position_;
    const std::uint64_t end = batch.keys_only ? position_ : letters_.size();
    for (; at_ < end; ++at_) {
      const auto row = store_.dead_letter(letters_[at_]);
      if (!row && row.error().kind != ErrorKind::NotFound) return failure(row.error());
      if (!row) {
        batch.gaps.push_back({Offset{at_}, Offset{at_ + 1}, GapCause::Retention});
        continue;
      }
      constexpr std::size_t kBrackets = 2;
      if (!writer.fits(row->stored.letter.bytes.size() + kBrackets)) break;
      add_letter(row->stored.letter, Offset{at_}, writer);
    }
    batch.end = Offset{at_};
    return Next::Batch;
  }

  std::vector<std::string> take_warnings() override { return {}; }

 private:
  const Store& store_;
  SourceName name_;
  SourcePartition partition_;
  std::vector<std::uint64_t> letters_;
  std::uint64_t read_back_ = 0;
  std::uint64_t position_ = 0;  // letters before it are read back
  std::uint64_t at_ = 0;
};

}  // namespace

std::unique_ptr<Source> make_replay_source(const Store& store, ReplayRecord replay, std::size_t group) {
  return std::make_unique<ReplaySource>(store, std::move(replay), group);
}

}  // namespace countersign
