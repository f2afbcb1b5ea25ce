// SPDX-License-Identifier: Apache-2.0
// Checks a correlation document (specification 2.1, correlation rules) as far as it can be without the rules
// it refers to. Pure; any thread.
#pragma once

#include <vector>

#include "rules/findings.h"
#include "rules/node_access.h"
#include "rules/yaml_reader.h"

namespace countersign {

/// Returns the ids and names that the document refers to. `root` is a map with the key `correlation`.
std::vector<PlacedText> read_correlation(const YamlNode& root, Findings& findings);

}  // namespace countersign
