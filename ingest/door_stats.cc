// SPDX-License-Identifier: Apache-2.0
#include "ingest/door_stats.h"

#include <utility>

#include <fmt/format.h>

namespace countersign {
namespace {

constexpr std::array<std::string_view, kDoorRefusals.size()> kRefusalTexts = {
    "connections were refused: as many are open as the option `connections` allows",
    "connections were refused: their address has as many as the option `connections_per_address` allows",
    "connections ended: TLS did not come about",
    "connections ended: what they sent cannot be cut into messages",
    "connections ended: nothing came for longer than the option `idle` allows",
    "connections ended: a message was not ended in time",
    "requests were told to come again: the queue is full",
    "requests were refused: their body is too large, damaged or empty",
};
constexpr std::array<std::string_view, 4> kLossTexts = {
    "datagrams are lost: the queue was full",
    "datagrams are lost: the system's buffer of the socket was full",
    "messages were longer than the limit: only their beginning is kept",
    "messages are lost: their connection ended in the middle",
};

}  // namespace

void DoorStats::refuse(DoorRefusal why, std::string detail) {
  const auto index = static_cast<std::size_t>(why);
  refused[index].fetch_add(1, std::memory_order_relaxed);
  if (detail.empty()) return;
  const std::lock_guard lock(mutex_);
  details_[index] = std::move(detail);
}

void DoorStats::set_address(std::string address) {
  const std::lock_guard lock(mutex_);
  address_ = std::move(address);
}

std::string DoorStats::address() const {
  const std::lock_guard lock(mutex_);
  return address_;
}

std::vector<std::string> DoorStats::take_warnings() {
  const std::array<const std::atomic<std::uint64_t>*, kLossTexts.size()> losses{&dropped, &dropped_by_system,
                                                                                &cut, &unfinished};
  std::vector<std::string> out;
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < kDoorRefusals.size(); ++i) {
    const std::uint64_t now = refused[i].load();
    if (now == told_[i]) continue;
    out.push_back(fmt::format("{} {}{}", now - told_[i], kRefusalTexts[i],
                              details_[i].empty() ? "" : fmt::format("; the last: {}", details_[i])));
    told_[i] = now;
    details_[i].clear();
  }
  for (std::size_t i = 0; i < kLossTexts.size(); ++i) {
    const std::uint64_t now = losses[i]->load();
    if (now == told_lost_[i]) continue;
    out.push_back(fmt::format("{} {}", now - told_lost_[i], kLossTexts[i]));
    told_lost_[i] = now;
  }
  return out;
}

}  // namespace countersign
