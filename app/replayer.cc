// SPDX-License-Identifier: Apache-2.0
#include "app/replayer.h"

#include <fmt/format.h>

#include "app/replay_source.h"
#include "ingest/source_spec.h"

namespace countersign {
namespace {
/// How often a running replay is asked whether it has ended.
constexpr std::chrono::milliseconds kPoll{20};
}  // namespace

Replayer::Replayer(ReplayerOptions options, Store& store, const Clock& clock)
    : options_(std::move(options)), store_(store), clock_(clock) {}

Replayer::~Replayer() { stop(); }

void Replayer::start() {
  thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
}

void Replayer::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void Replayer::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  changed_.notify_all();
}

void Replayer::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return woken_; })) return;
      woken_ = false;
    }
    for (const EntrySeq id : store_.open_replays()) replay(id, stop);
  }
}

void Replayer::replay(EntrySeq id, std::stop_token stop) {
  const auto record = store_.replay(id);
  if (!record) {
    options_.log(LogLevel::Error, "a replay cannot be read: " + record.error().message, {});
    return;
  }
  for (std::size_t group = 0; group < record->groups.size(); ++group) {
    if (stop.stop_requested() || !replay_group(*record, group, stop)) return;
  }
  const auto done = store_.replay(id);
  if (!done || !done->finished) return;
  options_.log(LogLevel::Info, "the replay is finished",
               {{"replay", fmt::format("{}", id.value)},
                {"decoded", fmt::format("{}", done->decoded)},
                {"failed", fmt::format("{}", done->failed)}});
}

bool Replayer::replay_group(const ReplayRecord& record, std::size_t group, std::stop_token stop) {
  PipelineOptions options;
  const SourceName& origin = record.groups[group].source;
  const auto source = options_.sources.find(origin);
  options.detector = source != options_.sources.end() ? source->second : options_.detector;
  options.detector.backfill = backfill_of(origin);
  Pipeline pipeline(make_replay_source(store_, record, group), options_.parts(), store_, clock_, options_.log,
                    options, nullptr);
  if (auto started = pipeline.start(); !started) {
    options_.log(LogLevel::Error, "the replay does not start: " + started.error().message,
                 {{"source", pipeline.name()}});
    return false;
  }
  std::unique_lock lock(mutex_);
  while (pipeline.state() == Pipeline::State::Running && !stop.stop_requested()) {
    changed_.wait_for(lock, stop, kPoll, [] { return false; });
  }
  lock.unlock();
  pipeline.stop();
  return pipeline.state() == Pipeline::State::Ended;
}

}  // namespace countersign
