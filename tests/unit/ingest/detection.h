// SPDX-License-Identifier: Apache-2.0
// Rules for detection tests, and texts of what detection gives.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/report.h"
#include "rules/plan/plan.h"
#include "rules/rule_set.h"

namespace countersign::testing {

/// A rule set from Sigma documents, which must have no error.
std::shared_ptr<const RuleSet> rules_of(const std::string& documents);

/// The plan of rules for the shipped packs.
std::shared_ptr<const Plan> plan_of(const std::shared_ptr<const RuleSet>& rules);

/// `<id>` padded to a UUID: `…-000000000007` for 7.
std::string rule_id(int number);

/// A rule on `field: value` for any log source with product `product`.
std::string simple_rule(int number, const std::string& product, const std::string& selection,
                        const std::string& more = "");

}  // namespace countersign::testing
