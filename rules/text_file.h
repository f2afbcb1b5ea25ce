// SPDX-License-Identifier: Apache-2.0
// Files of rules, and of values for them, as text. Reads files; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/limits.h"
#include "rules/findings.h"

namespace countersign {

inline constexpr std::size_t kRuleFileBytesMax = 8 * kMiB;

/// The file's bytes, a few more than kRuleFileBytesMax at most; empty: it cannot be read.
std::optional<std::string> read_bytes(const std::string& file);

/// `bytes` without a byte order mark. Empty, with a finding (`file.too_large`, `file.encoding`): they are no
/// text that we take.
std::optional<std::string_view> check_text(std::string_view bytes, Findings& findings);

}  // namespace countersign
