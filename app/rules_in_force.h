// SPDX-License-Identifier: Apache-2.0
// The rules and packs that detection uses now, with what counts and limits them. Immutable, but for the
// watch; any thread.
#pragma once

#include <functional>
#include <memory>

#include "app/loading.h"
#include "core/report.h"
#include "core/time.h"
#include "ingest/detector.h"
#include "rules/rule_watch.h"

namespace countersign {

struct RulesInForce {
  Detection detection;
  std::shared_ptr<const RuleSetManifest> manifest;
  std::shared_ptr<RuleWatch> watch;  // of detection.rules
  Timestamp loaded{};                // when

  DetectionParts parts() const { return {detection.plan, detection.packs, watch}; }
};

/// Never null once rules are loaded. Any thread.
using CurrentRules = std::function<std::shared_ptr<const RulesInForce>()>;

}  // namespace countersign
