// SPDX-License-Identifier: Apache-2.0
// The target of a request, `/path?query`, taken apart. Nothing is normalised: `.`, `..` and empty segments
// are segments like others and match no route. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"

namespace countersign {

struct Target {
  std::vector<std::string> segments;  // percent-decoded; `/a/b` has two, `/` has one empty
  std::vector<std::pair<std::string, std::string>> query;

  /// The value of a query parameter; empty when it is absent.
  std::optional<std::string_view> parameter(std::string_view name) const;
};

inline constexpr std::size_t kTargetSegmentsMax = 16;
inline constexpr std::size_t kQueryParametersMax = 16;

/// Errors: Malformed (percent encoding, control characters, not UTF-8, an encoded slash, a parameter that
/// comes twice, too many parts).
Result<Target> parse_target(std::string_view target);

/// Percent-encodes everything but the unreserved characters of RFC 3986.
std::string percent_encode(std::string_view text);

}  // namespace countersign
