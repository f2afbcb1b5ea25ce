// SPDX-License-Identifier: Apache-2.0
// Questions to the person at the terminal, or lines of standard input when it is none. One thread.
#pragma once

#include <string>

#include "core/result.h"

namespace countersign {

/// A line of standard input without its end; on a terminal `prompt` is shown first. Errors: InvalidArgument
/// (no line).
Result<std::string> read_line(const std::string& prompt);
/// The same, and a terminal does not show what is typed.
Result<std::string> read_secret(const std::string& prompt);
bool is_terminal();

}  // namespace countersign
