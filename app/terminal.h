// SPDX-License-Identifier: Apache-2.0
// Questions to the person at the terminal, or lines of standard input when it is none; and text from outside
// made harmless for a terminal. One thread.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace countersign {

/// A line of standard input without its end; on a terminal `prompt` is shown first. Errors: InvalidArgument
/// (no line).
Result<std::string> read_line(const std::string& prompt);
/// The same, and a terminal does not show what is typed.
Result<std::string> read_secret(const std::string& prompt);
bool is_terminal();

/// `text` without power over a terminal: control characters (C0 but the line feed, DEL, C1) and the controls
/// of writing direction become `\x1b` or `\u202e`; what is not UTF-8 becomes U+FFFD.
std::string printable(std::string_view text);

}  // namespace countersign
