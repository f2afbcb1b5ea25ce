// SPDX-License-Identifier: Apache-2.0
// The options that all commands share which load rules. One thread.
#pragma once

#include <string>

#include "app/command_line.h"
#include "app/loading.h"

namespace countersign {

/// Declares --values and --lenient.
void add_rule_options(CommandLine& line);
/// Declares --include-deprecated and --include-unsupported.
void add_status_options(CommandLine& line);

/// What the options say, with the rules named by option or argument `rules` and, when declared, --packs.
DetectionPaths detection_paths(const CommandLine& line, const std::string& rules);

}  // namespace countersign
