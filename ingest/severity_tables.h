// SPDX-License-Identifier: Apache-2.0
// How the severities of products become OCSF's `severity_id` (1 Informational, 2 Low, 3 Medium, 4 High, 5
// Critical). docs/packs.md lists them; a pack may give a table of its own. Pure; any thread.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "ingest/pack_program.h"

namespace countersign {

/// By the names that packs use: cef, defender, defender_id, falcon, panos, suricata, syslog, wazuh, words.
const std::map<std::string, std::shared_ptr<const ValueTable>>& severity_tables();

}  // namespace countersign
