// SPDX-License-Identifier: Apache-2.0
#include "app/source_keeper.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "store/store.h"

namespace countersign {
namespace {

constexpr std::chrono::milliseconds kLookLeast{250};
constexpr std::chrono::milliseconds kLookMost{10'000};

bool equal(const ExpectedSource& one, const ExpectedSource& other) {
  const auto all = [](const ExpectedSource& of) {
    return std::tie(of.name, of.subject, of.owner, of.asset, of.rhythm, of.rejects_max_permille, of.skew_max);
  };
  return all(one) == all(other);
}

}  // namespace

SourceKeeper::SourceKeeper(std::filesystem::path file, const Clock& clock, LogSink log)
    : file_(std::move(file)), clock_(clock), log_(std::move(log)) {}

SourceKeeper::~SourceKeeper() { stop(); }

Result<std::shared_ptr<const SourceKeeper::InForce>> SourceKeeper::read() const {
  SourceRegister read;
  if (!file_.empty()) read = read_source_register(file_);
  for (const Diagnostic& finding : read.findings) log_(LogLevel::Error, to_string(finding), {});
  if (!read.usable()) {
    return failure(ErrorKind::InvalidArgument, fmt::format("{} problems, the first: {}", read.findings.size(),
                                                           to_string(read.findings.front())));
  }
  auto out = std::make_shared<InForce>();
  out->observed = observed_values(read.entries);
  out->expected = std::make_shared<const std::vector<ExpectedSource>>(std::move(read.entries));
  return std::shared_ptr<const InForce>(std::move(out));
}

Result<void> SourceKeeper::load() {
  auto read_now = read();
  if (!read_now) return failure(read_now.error());
  const std::lock_guard lock(mutex_);
  current_ = std::move(*read_now);
  return {};
}

std::shared_ptr<const SourceKeeper::InForce> SourceKeeper::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

std::shared_ptr<const std::vector<ExpectedSource>> SourceKeeper::expected() const {
  return current()->expected;
}

std::shared_ptr<const ObservedValues> SourceKeeper::observed(const SourceName& source) const {
  const auto now = current();
  const auto found = now->observed.find(source);
  return found == now->observed.end() ? nullptr : found->second;
}

/// No error: a source may be expected before it is configured. More often the name is mistyped.
void SourceKeeper::say_unknown() const {
  const auto now = expected();
  for (const ExpectedSource& one : *now) {
    if (std::ranges::find(configured_, one.subject.source) == configured_.end())
      log_(LogLevel::Warn, "an expected source is not configured",
           {{"name", one.name}, {"source", one.subject.source.value}});
  }
}

void SourceKeeper::watch(Store& store, std::vector<SourceName> configured, std::function<void()> use) {
  store_ = &store;
  configured_ = std::move(configured);
  use_ = std::move(use);
  listening_from_ = clock_.now();
  say_unknown();
  looking_ = std::jthread([this](std::stop_token stop) { look(stop); });
}

Result<bool> SourceKeeper::reload() {
  const std::lock_guard reloading(reloading_);
  auto next = read();
  if (!next) {
    log_(LogLevel::Error, "the register of expected sources was not loaded anew; the one in force stays", {});
    return failure(next.error());
  }
  if (std::ranges::equal(*expected(), *(*next)->expected, equal)) return false;
  {
    const std::lock_guard lock(mutex_);
    current_ = std::move(*next);
    changed_.notify_all();
  }
  use_();
  say_unknown();
  log_(LogLevel::Info, "another register of expected sources is in force",
       {{"entries", std::to_string(expected()->size())}});
  return true;
}

void SourceKeeper::request_reload() {
  const std::lock_guard lock(mutex_);
  requested_ = true;
  changed_.notify_all();
}

void SourceKeeper::stop() {
  looking_.request_stop();
  if (looking_.joinable()) looking_.join();
}

std::chrono::milliseconds SourceKeeper::look_every() const {
  std::chrono::milliseconds every = kLookMost;
  const auto now = expected();
  for (const ExpectedSource& one : *now)
    every = std::min<std::chrono::milliseconds>(every, std::chrono::milliseconds{one.rhythm} / 4);
  return std::max(every, kLookLeast);
}

void SourceKeeper::check(bool& failed) {
  const Result<void> checked = store_->check_sources(*expected(), listening_from_);
  if (!checked && !failed)
    log_(LogLevel::Error, "expected sources cannot be looked at: " + checked.error().message, {});
  failed = !checked;
}

void SourceKeeper::look(std::stop_token stop) {
  bool failed = false;
  while (!stop.stop_requested()) {
    bool reload_now = false;
    {
      const std::chrono::milliseconds every = look_every();
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, stop, every, [this] { return requested_; });
      reload_now = std::exchange(requested_, false);
    }
    if (stop.stop_requested()) break;
    if (reload_now) (void)reload();
    if (!expected()->empty()) check(failed);
  }
}

}  // namespace countersign
