// SPDX-License-Identifier: Apache-2.0
// Bounds how fast passwords can be guessed: per login and address, and per address. An attempt counts before
// it is judged, so that a burst in parallel cannot pass the limit. Memory is bounded: beyond `keys_max` the
// older half is forgotten. Any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "core/clock.h"

namespace countersign {

struct ThrottleOptions {
  std::chrono::seconds window{15 * 60};
  std::uint32_t per_login_and_address = 10;
  std::uint32_t per_address = 200;
  std::size_t keys_max = 20'000;
};

class LoginThrottle {
 public:
  LoginThrottle(const Clock& clock, const ThrottleOptions& options) : clock_(clock), options_(options) {}

  /// Counts an attempt; when it may not be made, how long to wait.
  std::optional<std::chrono::seconds> begin(const std::string& login, const std::string& address);
  /// The attempt was right: it and the failures before it no longer count for this login and address.
  void succeeded(const std::string& login, const std::string& address);

 private:
  struct Window {
    Timestamp start{};
    std::uint32_t attempts = 0;
  };
  Window& window(const std::string& key, Timestamp now);
  void make_room(Timestamp now);

  const Clock& clock_;
  const ThrottleOptions options_;
  std::mutex mutex_;
  std::unordered_map<std::string, Window> windows_;  // guarded by mutex_
};

}  // namespace countersign
