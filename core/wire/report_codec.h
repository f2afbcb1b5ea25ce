// SPDX-License-Identifier: Apache-2.0
// The bytes of reports and manifests (report.proto). Equal values have equal bytes within one build. Pure;
// any thread. Errors: Malformed when the bytes are not such a message or hold a value outside its range.
#pragma once

#include <string>
#include <string_view>

#include "core/report.h"
#include "core/result.h"

namespace countersign {

std::string encode_report(const Report& report);
Result<Report> decode_report(std::string_view bytes);

std::string encode_ruleset(const RuleSetManifest& manifest);
Result<RuleSetManifest> decode_ruleset(std::string_view bytes);

std::string encode_packs(const PackSetManifest& manifest);
Result<PackSetManifest> decode_packs(std::string_view bytes);

}  // namespace countersign
