// SPDX-License-Identifier: Apache-2.0
// Keeps rules and packs in force: loads them at start, and anew while the service runs, when somebody asks or
// when their files change. What is in force stays so on any error; nothing is replaced before the store knows
// what replaces it (entries rules.loaded and packs.loaded).
//
// load() and announce() are called by one thread before all else, watch() and stop() by one thread; the rest
// by any. Clock, store and what `use` refers to must outlive stop().
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "app/file_stamps.h"
#include "app/rules_in_force.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/result.h"
#include "review-api/review_api.h"
#include "rules/rule_budget.h"

namespace countersign {

class Store;

struct RuleKeeperOptions {
  DetectionPaths paths;                   // but for the cache, which lies in the data folder
  std::filesystem::path data;             // of the store; may not be there yet at load()
  std::vector<std::string> packs_needed;  // those that sources name
  RuleBudget budget;
  std::chrono::milliseconds look_every{};  // at the files; 0: never
};

class RuleKeeper {
 public:
  /// Puts a new version to use; called by the thread that reloads.
  using Use = std::function<void(const DetectionParts&)>;

  RuleKeeper(RuleKeeperOptions options, const Clock& clock, LogSink log);
  ~RuleKeeper();
  RuleKeeper(const RuleKeeper&) = delete;
  RuleKeeper& operator=(const RuleKeeper&) = delete;

  /// Errors: those of load_detection_sets; InvalidArgument (a pack that a source names is not there). A file
  /// with errors is no error: it is logged.
  Result<void> load();
  /// Makes rules and packs known to the store. Errors: the store's.
  Result<void> announce(Store& store);
  std::shared_ptr<const RulesInForce> current() const;

  /// From now on a new version is put to use, and the files are looked at.
  void watch(Use use);
  /// Reloads soon, on another thread.
  void request_reload();
  /// Reloads, and returns when that is done or refused. REQUIRES: watch() was called.
  RuleReload reload();
  void stop();  // idempotent

  /// At most `top` rules.
  RuleCostReport costs(std::size_t top) const;
  std::uint64_t reloads(RuleReload::Outcome outcome) const {
    return reloads_[static_cast<std::size_t>(outcome)].load();
  }
  /// False: the last reload was refused.
  bool up_to_date() const { return up_to_date_.load(); }

 private:
  DetectionPaths paths() const;
  std::string missing_pack(const Detection& detection) const;
  /// `what`, and each error that stands in the files.
  void say(const RulesInForce& rules, std::string_view what) const;
  std::shared_ptr<RuleWatch> make_watch(const std::shared_ptr<const RuleSet>& rules);
  Result<void> quarantine(const RuleSet& rules, const RuleBreach& breach);
  std::shared_ptr<const RulesInForce> in_force(Detection detection);
  Result<void> announce(const RulesInForce& rules);

  RuleReload::Outcome try_reload(std::vector<std::string>& reasons);
  void set_current(std::shared_ptr<const RulesInForce> rules);
  FileStamps last_tried();
  void look(std::stop_token stop);
  /// Waits for the next look at the files; true: a reload was requested.
  bool wait(std::stop_token stop);

  const RuleKeeperOptions options_;
  const Clock& clock_;
  const LogSink log_;
  Store* store_ = nullptr;  // set by announce()
  Use use_;

  std::mutex reloading_;  // one at a time; guards what follows
  FileStamps files_;      // of what is in force
  FileStamps tried_;      // when rules were last loaded, or refused

  mutable std::mutex mutex_;  // guards what follows
  std::shared_ptr<const RulesInForce> current_;
  bool requested_ = false;
  std::condition_variable_any changed_;

  std::array<std::atomic<std::uint64_t>, 3> reloads_{};
  std::atomic<bool> up_to_date_{true};
  std::jthread looking_;
};

}  // namespace countersign
