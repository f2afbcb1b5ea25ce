// SPDX-License-Identifier: Apache-2.0
// What the API needs of whoever reads the sources: which are expected, which are configured, and how far each
// is behind. Plain values; the functions from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "store/source_health.h"

namespace countersign {

struct SourceLag {
  std::uint64_t records = 0;
  double seconds = 0;
};

struct ConfiguredSource {
  SourceName name;
  std::optional<SourceLag> lag;  // absent: the source cannot tell
};

struct SourceAccess {
  std::function<std::shared_ptr<const std::vector<ExpectedSource>>()> expected;  // may be empty
  std::function<std::vector<ConfiguredSource>()> configured;                     // may be empty
};

}  // namespace countersign
