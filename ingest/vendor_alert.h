// SPDX-License-Identifier: Apache-2.0
// What an event says that is an alert of its own product. Pure; any thread that owns the event.
#pragma once

#include <string>

#include "core/event.h"
#include "core/report.h"

namespace countersign {

struct VendorAlertRule;

struct VendorAlertFacts {
  std::string title;
  std::string id;               // the product's; several parts are joined with `/`; empty: it gives none
  std::string status;           // as the product says it; empty: it says none
  std::string url;              // https or http; empty: none
  Level level = Level::Medium;  // of `event.severity`, 1 to 6; without one medium
};

inline constexpr std::size_t kVendorTextBytesMax = 512;  // of each text; the rest is cut off

/// A verdict of a product is a match of its pack, under this id.
inline RuleId vendor_rule_id(const std::string& pack) { return RuleId{"vendor:" + pack}; }

/// What the alert is called: what kind it is, and what the product calls it.
std::string vendor_alert_title(const VendorAlertRule& rule, const VendorAlertFacts& facts);

VendorAlertFacts vendor_alert_facts(const VendorAlertRule& rule, const Event& event);

}  // namespace countersign
