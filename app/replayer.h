// SPDX-License-Identifier: Apache-2.0
// Does the replays that the store holds, one after the other, each group of letters as a source of its own:
// also those that an earlier process did not finish. What a replay has done is in the store with each report,
// so that it can end at any moment.
//
// start() and stop() are called by one thread, the rest by any. Store and clock must outlive stop().
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "core/clock.h"
#include "core/log.h"
#include "ingest/pipeline.h"
#include "store/store.h"

namespace countersign {

struct ReplayerOptions {
  DetectorOptions detector;                       // of sources that are not read any more
  std::map<SourceName, DetectorOptions> sources;  // of those that are
  std::function<DetectionParts()> parts;          // in force; the store knows their manifests
  LogSink log;
};

class Replayer {
 public:
  Replayer(ReplayerOptions options, Store& store, const Clock& clock);
  ~Replayer();
  Replayer(const Replayer&) = delete;
  Replayer& operator=(const Replayer&) = delete;

  void start();
  /// Looks for replays that are not finished, also for those that failed before.
  void wake();
  void stop();  // idempotent

 private:
  void run(std::stop_token stop);
  void replay(EntrySeq id, std::stop_token stop);
  /// False: it did not come to its end.
  bool replay_group(const ReplayRecord& record, std::size_t group, std::stop_token stop);

  const ReplayerOptions options_;
  Store& store_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool woken_ = true;
  std::jthread thread_;
};

}  // namespace countersign
