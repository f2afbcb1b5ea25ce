// SPDX-License-Identifier: Apache-2.0
// The table of all settings: what each is called, may be, and does. The one place to declare a setting. Pure;
// any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"

namespace countersign {

enum class SettingKind : std::uint8_t { Text, Path, Paths, Texts, Address, Count, Bytes, Duration, Choice };

/// One setting. `put` receives text that has passed the checks of its kind.
struct Setting {
  std::string_view path;
  SettingKind kind;
  std::string_view fallback;
  std::uint64_t low;  // Count, Bytes, Duration (seconds)
  std::uint64_t high;
  std::vector<std::string_view> choices;
  std::string_view help;
  std::function<void(Config&, const std::vector<std::string>&)> put;
};

const std::vector<Setting>& settings();

bool is_list(SettingKind kind);
bool is_path(SettingKind kind);
/// `90s`, `15m`, `12h`, `7d`, or seconds; at most 2^31 - 1 seconds.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);
/// `log.origin` is COUNTERSIGN_LOG_ORIGIN.
std::string environment_name(std::string_view path);
/// What is wrong with a value, or nothing.
std::optional<std::string> check_value(const Setting& setting, const std::string& value);

}  // namespace countersign
