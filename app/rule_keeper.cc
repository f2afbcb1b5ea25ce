// SPDX-License-Identifier: Apache-2.0
#include "app/rule_keeper.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "app/reload_check.h"
#include "store/store.h"

namespace countersign {
namespace {

constexpr std::string_view kLoaded = "rules and packs are loaded";

}  // namespace

RuleKeeper::RuleKeeper(RuleKeeperOptions options, const Clock& clock, LogSink log)
    : options_(std::move(options)), clock_(clock), log_(std::move(log)) {}
RuleKeeper::~RuleKeeper() { stop(); }

DetectionPaths RuleKeeper::paths() const {
  DetectionPaths paths = options_.paths;
  std::error_code error;
  if (std::filesystem::is_directory(options_.data, error)) paths.cache = options_.data / "cache" / "patterns";
  return paths;
}

Result<void> RuleKeeper::load() {
  const std::lock_guard reloading(reloading_);
  files_ = tried_ = stamp_files(paths());
  Result<Detection> loaded = load_detection_sets(paths());
  if (!loaded) return failure(loaded.error());
  if (const std::string missing = missing_pack(*loaded); !missing.empty())
    return failure(ErrorKind::InvalidArgument, missing);
  set_current(in_force(std::move(*loaded)));
  say(*current(), kLoaded);
  return {};
}

/// A pack that a source names and that is not there; empty: none.
std::string RuleKeeper::missing_pack(const Detection& detection) const {
  for (const std::string& name : options_.packs_needed) {
    if (detection.packs->find(name) == nullptr)
      return fmt::format("a source names the pack `{}`, which is not there", name);
  }
  return {};
}

void RuleKeeper::say(const RulesInForce& rules, std::string_view what) const {
  for (const Diagnostic& finding : rules.detection.findings) {
    if (finding.severity == Severity::Error) log_(LogLevel::Warn, to_string(finding), {});
  }
  log_(LogLevel::Info, what,
       {{"rules", std::to_string(rules.detection.counts.loaded)},
        {"refused", std::to_string(rules.detection.counts.refused)},
        {"skipped", std::to_string(rules.detection.counts.skipped)},
        {"ruleset", to_hex(rules.detection.rules->hash())}});
}

std::shared_ptr<const RulesInForce> RuleKeeper::in_force(Detection detection) {
  auto rules = std::make_shared<RulesInForce>();
  rules->manifest = std::make_shared<const RuleSetManifest>(detection.rules->manifest());
  rules->watch = make_watch(detection.rules);
  rules->detection = std::move(detection);
  rules->loaded = clock_.now();
  return rules;
}

Result<void> RuleKeeper::announce(Store& store) {
  store_ = &store;
  return announce(*current());
}

Result<void> RuleKeeper::announce(const RulesInForce& rules) {
  if (auto announced = store_->announce(*rules.manifest); !announced) return announced;
  return store_->announce(rules.detection.packs->manifest());
}

std::shared_ptr<const RulesInForce> RuleKeeper::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void RuleKeeper::set_current(std::shared_ptr<const RulesInForce> rules) {
  const std::lock_guard lock(mutex_);
  std::swap(current_, rules);
}

// --- quarantine

std::shared_ptr<RuleWatch> RuleKeeper::make_watch(const std::shared_ptr<const RuleSet>& rules) {
  return std::make_shared<RuleWatch>(
      options_.budget, [this, rules](const RuleBreach& breach) { return quarantine(*rules, breach); });
}

/// Called by the worker that found it.
Result<void> RuleKeeper::quarantine(const RuleSet& rules, const RuleBreach& breach) {
  const RuleInfo& rule = rules.rules()[breach.rule];
  const auto permille = [](double share) { return static_cast<std::uint64_t>(std::llround(share * 1000)); };
  QuarantinedRule what;
  what.ruleset = rules.hash();
  what.rule = rule.id;
  what.share_permille = permille(breach.share);
  what.budget_permille = permille(options_.budget.share);
  what.samples = breach.samples;
  what.window = breach.window;
  const Result<void> recorded = store_->quarantined(what);
  const std::vector<LogField> fields{{"rule", rule.id.value},
                                     {"title", rule.title},
                                     {"percent", fmt::format("{:.1f}", breach.share * 100)},
                                     {"budget_percent", fmt::format("{:.0f}", options_.budget.share * 100)},
                                     {"seconds", std::to_string(breach.window.count())}};
  if (recorded) {
    log_(LogLevel::Error, "a rule is quarantined: it takes more time than a rule may", fields);
  } else {
    log_(LogLevel::Error, "a rule takes more time than a rule may and goes on: " + recorded.error().message,
         fields);
  }
  return recorded;
}

RuleCostReport RuleKeeper::costs(std::size_t top) const {
  const std::shared_ptr<const RulesInForce> rules = current();
  const RuleCosts costs = rules->watch->costs();
  const std::vector<std::uint32_t> quarantined = rules->watch->quarantined();
  RuleCostReport report;
  report.ruleset = rules->detection.rules->hash();
  report.since = rules->loaded;
  report.time = total_time(costs);
  for (RuleCostRow& row : cost_rows(*rules->detection.plan, costs, top)) {
    const RuleInfo& info = rules->detection.rules->rules()[row.rule];
    const bool out = std::find(quarantined.begin(), quarantined.end(), row.rule) != quarantined.end();
    report.rules.push_back({info.id, info.title, std::move(row), out});
  }
  return report;
}

// --- reloading

RuleReload RuleKeeper::reload() {
  const std::lock_guard reloading(reloading_);
  RuleReload done;
  done.outcome = try_reload(done.reasons);
  ++reloads_[static_cast<std::size_t>(done.outcome)];
  up_to_date_ = done.outcome != RuleReload::Outcome::Refused;
  const std::shared_ptr<const RulesInForce> now = current();
  done.ruleset = now->detection.rules->hash();
  done.packs = now->detection.packs->hash();
  done.rules = now->detection.counts.loaded;
  done.refused = now->detection.counts.refused;
  switch (done.outcome) {
    case RuleReload::Outcome::Loaded: say(*now, kLoaded); break;
    // Files that are not in force may have changed all the same: a new one with a mistake is named.
    case RuleReload::Outcome::Unchanged: say(*now, "rules and packs in force are as they were"); break;
    case RuleReload::Outcome::Refused:
      for (const std::string& reason : done.reasons) log_(LogLevel::Warn, reason, {});
      log_(LogLevel::Error, "rules and packs were not loaded anew; those in force stay",
           {{"reasons", std::to_string(done.reasons.size())}, {"ruleset", to_hex(done.ruleset)}});
      break;
  }
  return done;
}

RuleReload::Outcome RuleKeeper::try_reload(std::vector<std::string>& reasons) {
  using enum RuleReload::Outcome;
  const auto refused = [&reasons](const Error& error) {
    reasons.push_back(error.message);
    return Refused;
  };
  const std::shared_ptr<const RulesInForce> now = current();
  FileStamps files = tried_ = stamp_files(paths());
  Result<Detection> next = load_sets(paths());
  if (!next) return refused(next.error());
  reasons = losses(now->detection, files_, *next);
  if (std::string missing = missing_pack(*next); !missing.empty()) reasons.push_back(std::move(missing));
  if (!reasons.empty()) return Refused;

  const bool same = next->rules->hash() == now->detection.rules->hash() &&
                    next->packs->hash() == now->detection.packs->hash();
  if (same) {
    // Files that have no part in the rules in force may have come or gone.
    auto counted = std::make_shared<RulesInForce>(*now);
    counted->detection.counts = next->counts;
    counted->detection.findings = std::move(next->findings);
    set_current(std::move(counted));
    files_ = std::move(files);
    return Unchanged;
  }
  if (auto built = build_plan(*next, paths().cache); !built) return refused(built.error());
  if (reasons = failed_tests(now->detection, *next, clock_); !reasons.empty()) return Refused;
  std::shared_ptr<const RulesInForce> rules = in_force(std::move(*next));
  if (auto announced = announce(*rules); !announced) {
    // One of the two may be known already: the log must not end with rules that are not in force.
    (void)announce(*now);
    return refused(announced.error());
  }
  use_(rules->parts());
  set_current(std::move(rules));
  files_ = std::move(files);
  return Loaded;
}

void RuleKeeper::watch(Use use) {
  use_ = std::move(use);
  looking_ = std::jthread([this](std::stop_token stop) { look(stop); });
}

void RuleKeeper::stop() {
  looking_.request_stop();
  if (looking_.joinable()) looking_.join();
}

void RuleKeeper::request_reload() {
  const std::lock_guard lock(mutex_);
  requested_ = true;
  changed_.notify_all();
}

bool RuleKeeper::wait(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  const auto requested = [this] { return requested_; };
  if (options_.look_every.count() == 0) {
    changed_.wait(lock, stop, requested);
  } else {
    changed_.wait_for(lock, stop, options_.look_every, requested);
  }
  return std::exchange(requested_, false);
}

FileStamps RuleKeeper::last_tried() {
  const std::lock_guard reloading(reloading_);
  return tried_;
}

void RuleKeeper::look(std::stop_token stop) {
  RestWatch watch;
  while (!stop.stop_requested()) {
    const bool requested = wait(stop);
    if (stop.stop_requested()) break;
    if (requested || watch.rested(stamp_files(paths()), last_tried())) (void)reload();
  }
}

}  // namespace countersign
