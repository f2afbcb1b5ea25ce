// SPDX-License-Identifier: Apache-2.0
// How libraries tell the operator something: a level, a fixed sentence, and fields. `app` gives the sink; it
// may be called from any thread. Messages and fields never hold a payload, a secret or a person's name.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace countersign {

enum class LogLevel : std::uint8_t { Debug, Info, Warn, Error };

struct LogField {
  std::string_view key;
  std::string value;
};

using LogSink =
    std::function<void(LogLevel level, std::string_view message, const std::vector<LogField>& fields)>;

}  // namespace countersign
