// SPDX-License-Identifier: Apache-2.0
// "Did you mean …" for hints. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace countersign {

/// The candidate that is at most two typing errors (one for short words) away from `word`, case aside; empty
/// when there is none, or when `word` is a candidate itself.
std::string_view closest(std::string_view word, const std::vector<std::string_view>& candidates);

/// "did you mean `x`?", or `otherwise` when nothing is close.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates,
                         std::string otherwise);

}  // namespace countersign
