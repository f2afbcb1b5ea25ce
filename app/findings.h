// SPDX-License-Identifier: Apache-2.0
// Findings of loaders as people and programs read them. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "app/loading.h"
#include "rules/diagnostic.h"

namespace countersign {

/// A JSON array of {"file","line","column","severity","code","message","hint"} (contract.md §2).
std::string findings_json(const std::vector<Diagnostic>& findings);

/// One line a finding to stderr.
void print_findings(const std::vector<Diagnostic>& findings);

/// Says on stderr how many rules are refused, when there are any.
void print_refusals(const RuleCounts& counts);

}  // namespace countersign
