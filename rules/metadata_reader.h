// SPDX-License-Identifier: Apache-2.0
// The keys around a detection: title, id, status, log source … Pure; any thread.
#pragma once

#include "rules/findings.h"
#include "rules/rule_set.h"
#include "rules/yaml_reader.h"

namespace countersign {

/// Fills what the document says of itself; `info.id` stays empty without an `id`. `root` is a map.
void read_metadata(const YamlNode& root, RuleInfo& info, Findings& findings);
void read_log_source(const YamlNode& root, LogSource& out, Findings& findings);

}  // namespace countersign
