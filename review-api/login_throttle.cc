// SPDX-License-Identifier: Apache-2.0
#include "review-api/login_throttle.h"

#include <algorithm>
#include <vector>

namespace countersign {
namespace {

// One subscriber has a whole /64 of IPv6: its addresses count as one.
std::string network_of(const std::string& address) {
  if (address.find(':') == std::string::npos) return address;
  std::size_t at = 0;
  for (int groups = 0; groups < 4 && at != std::string::npos; ++groups) at = address.find(':', at + 1);
  return address.substr(0, at);
}

std::string key_of(const std::string& address) { return "a\n" + network_of(address); }
std::string key_of(const std::string& login, const std::string& address) {
  return "l\n" + network_of(address) + '\n' + login;
}

}  // namespace

std::optional<std::chrono::seconds> LoginThrottle::begin(const std::string& login,
                                                         const std::string& address) {
  const std::lock_guard lock(mutex_);
  const Timestamp now = clock_.now();
  make_room(now);
  Window& of_address = window(key_of(address), now);
  Window& of_login = window(key_of(login, address), now);
  const auto wait = [&](const Window& full) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(full.start + options_.window - now);
    return std::max(left, std::chrono::seconds{1});
  };
  if (of_address.attempts >= options_.per_address) return wait(of_address);
  if (of_login.attempts >= options_.per_login_and_address) return wait(of_login);
  ++of_address.attempts;
  ++of_login.attempts;
  return std::nullopt;
}

void LoginThrottle::succeeded(const std::string& login, const std::string& address) {
  const std::lock_guard lock(mutex_);
  windows_.erase(key_of(login, address));
  const auto of_address = windows_.find(key_of(address));
  if (of_address != windows_.end() && of_address->second.attempts > 0) --of_address->second.attempts;
}

LoginThrottle::Window& LoginThrottle::window(const std::string& key, Timestamp now) {
  Window& window = windows_[key];
  if (window.attempts == 0 || now >= window.start + options_.window || now < window.start) window = {now, 0};
  return window;
}

void LoginThrottle::make_room(Timestamp now) {
  if (windows_.size() + 2 <= options_.keys_max) return;
  std::erase_if(windows_, [&](const auto& entry) { return now >= entry.second.start + options_.window; });
  if (windows_.size() + 2 <= options_.keys_max) return;
  std::vector<Timestamp> starts;
  starts.reserve(windows_.size());
  for (const auto& [key, window] : windows_) starts.push_back(window.start);
  const auto middle = starts.begin() + static_cast<std::ptrdiff_t>(starts.size() / 2);
  std::nth_element(starts.begin(), middle, starts.end());
  const Timestamp oldest_kept = *middle;
  std::size_t surplus = starts.size() / 2 + 1;
  std::erase_if(windows_, [&](const auto& entry) {
    if (entry.second.start > oldest_kept || surplus == 0) return false;
    --surplus;
    return true;
  });
}

}  // namespace countersign
