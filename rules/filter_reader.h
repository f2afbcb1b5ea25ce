// SPDX-License-Identifier: Apache-2.0
// Checks a filter document (specification 2.1, filters): its condition is joined with `and`, as written, to
// the conditions of the rules it names. Pure; any thread.
#pragma once

#include <vector>

#include "rules/findings.h"
#include "rules/node_access.h"
#include "rules/yaml_reader.h"

namespace countersign {

/// Returns the ids and names that the document refers to; none when it is for any rule. `root` is a map with
/// the key `filter`.
std::vector<PlacedText> read_filter(const YamlNode& root, Findings& findings);

}  // namespace countersign
