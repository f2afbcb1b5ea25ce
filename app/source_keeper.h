// SPDX-License-Identifier: Apache-2.0
// Keeps the register of expected sources in force, and has the store look at them: at least four times in the
// shortest rhythm, at most every 10 s. A register with errors replaces nothing.
//
// load() is called by one thread before all else, watch() and stop() by one thread; the rest by any. Clock,
// store and what `use` refers to must outlive stop().
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "app/source_register.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/result.h"

namespace countersign {

class Store;

class SourceKeeper {
 public:
  /// `file` empty: nothing is expected.
  SourceKeeper(std::filesystem::path file, const Clock& clock, LogSink log);
  ~SourceKeeper();
  SourceKeeper(const SourceKeeper&) = delete;
  SourceKeeper& operator=(const SourceKeeper&) = delete;

  /// Errors: InvalidArgument, with the first problem; all are logged.
  Result<void> load();

  /// From now on sources are looked at. `use` puts another register to use; called by the thread that
  /// reloads. `configured` are the sources that are read.
  void watch(Store& store, std::vector<SourceName> configured, std::function<void()> use);
  /// True: another register is in force. Errors: as load(); the one in force stays. REQUIRES: watch() was
  /// called.
  Result<bool> reload();
  /// Reloads soon, on another thread.
  void request_reload();
  void stop();  // idempotent

  std::shared_ptr<const std::vector<ExpectedSource>> expected() const;
  /// What detection counts for a source; null: nothing.
  std::shared_ptr<const ObservedValues> observed(const SourceName& source) const;

 private:
  struct InForce {
    std::shared_ptr<const std::vector<ExpectedSource>> expected;
    std::map<SourceName, std::shared_ptr<const ObservedValues>> observed;
  };

  Result<std::shared_ptr<const InForce>> read() const;
  std::shared_ptr<const InForce> current() const;
  void say_unknown() const;
  std::chrono::milliseconds look_every() const;
  void look(std::stop_token stop);
  void check(bool& failed);

  const std::filesystem::path file_;
  const Clock& clock_;
  const LogSink log_;
  Store* store_ = nullptr;  // set by watch()
  std::vector<SourceName> configured_;
  std::function<void()> use_;
  Timestamp listening_from_{};

  std::mutex reloading_;      // one at a time
  mutable std::mutex mutex_;  // guards what follows
  std::shared_ptr<const InForce> current_;
  bool requested_ = false;
  std::condition_variable_any changed_;

  std::jthread looking_;
};

}  // namespace countersign
