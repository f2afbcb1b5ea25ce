// SPDX-License-Identifier: Apache-2.0
// A store on a real disk with held time and randomness, and short ways to make reports and actions.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/clock.h"
#include "core/random.h"
#include "store/store.h"

namespace countersign::test {

/// Removed at the end.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline constexpr std::string_view kRule = "5f0e0c5e-0000-4000-8000-000000000001";
Timestamp at(std::string_view rfc3339);

struct World {
  World();

  Folder folder;
  ManualClock clock;
  SeededRandom random{7};
  StoreOptions options;
  std::unique_ptr<Store> store;

  std::filesystem::path data() const { return folder.path() / "data"; }
  /// Opens and announces the rule set and packs.
  void open();
  Result<std::unique_ptr<Store>> try_open();
  void close() { store.reset(); }
};

RuleSetManifest ruleset(Level level = Level::High, std::string_view text = "rule");
PackSetManifest packs();

/// A match: rule kRule, grouped by host.
struct Match {
  std::string host = "h1";
  std::int64_t second = 0;  // event time, after the world's start
  std::string bytes = {};   // empty: made from host and second
};
Signal signal_of(const std::vector<Match>& matches);

/// A report of one message per match and one event each, all matched; `start` counts on by itself.
Report report_of(std::uint64_t start, const std::vector<Match>& matches, const std::string& topic = "t");
/// A report of `count` messages that match nothing.
Report quiet_report(std::uint64_t start, std::uint64_t count, const std::string& topic = "t");

ActorContext human(const std::string& id);
AlertAction action(ActionKind kind, const Alert& alert, const std::string& person);
AlertAction closing(const Alert& alert, const std::string& person);
/// The only alert of the list; fails the test when there is another number.
Alert only_alert(const Store& store);
std::vector<Alert> all_alerts(const Store& store);
/// Submits and expects success.
void submit(Store& store, Report report);

}  // namespace countersign::test
