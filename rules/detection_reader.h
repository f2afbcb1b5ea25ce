// SPDX-License-Identifier: Apache-2.0
// The shape of a detection: YAML → DetectionDocument, with a finding for all that the grammar does not know.
// Also used for the selections of filters. Pure; any thread.
#pragma once

#include <string_view>

#include "rules/findings.h"
#include "rules/rule_document.h"

namespace countersign {

/// `ignored` names a key of `node` that is no selection (`rules` of a filter); may be empty.
DetectionDocument read_detection(const YamlNode& node, Position where, std::string_view ignored,
                                 Findings& findings);

}  // namespace countersign
