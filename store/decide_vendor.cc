// SPDX-License-Identifier: Apache-2.0
// Alerts of products: what they are opened as, and what the product says of them later (semantics.md §8:
// claimed, never ours).
#include <fmt/format.h>

#include "store/draft.h"

namespace countersign {

RuleManifestEntry vendor_rule(const RuleId& rule, const VendorAlert& vendor) {
  RuleManifestEntry out;
  out.id = rule;
  out.title = vendor.title;
  out.author = vendor.pack;
  out.description = fmt::format("An alert that the product raised itself, read by the pack {}.", vendor.pack);
  if (!vendor.url.empty()) out.references.push_back(vendor.url);
  out.level = vendor.level;
  return out;
}

bool names_vendor_alert(const Signal& signal) {
  return signal.vendor && !signal.group_key.empty() && signal.group_key.front().field == kVendorAlertIdField;
}

Result<bool> record_claims(Draft& draft, AlertRecord& record, std::span<const VendorClaim> claims) {
  const ActorContext context = own_context();
  bool changed = false;
  for (const VendorClaim& claim : claims) {
    if (claim.status.empty() || claim.status == record.facts.claimed) continue;
    JsonObject payload;
    payload.text("claimed", claim.status)
        .text("claimed_before", record.facts.claimed)
        .time("time", claim.time);
    JsonObject entry = draft.begin_entry("alert.vendor_updated", context);
    const std::string_view status = to_string(record.review.status);
    entry.text("alert", to_string(record.facts.id)).number("alert_version", record.facts.version.value);
    entry.text("status_before", status).text("status_after", status);
    entry.text_or_null("owner",
                       record.review.owner ? std::optional(record.review.owner->value) : std::nullopt);
    entry.text("commit", draft.commit(payload));
    auto seq = draft.add_entry(entry, "alert.vendor_updated");
    if (!seq) return failure(seq.error());
    const Step step{"alert.vendor_updated", record.review.status, record.review.status};
    add_history(draft, *seq, step, {&record, &record, &context});
    record.facts.claimed = claim.status;
    record.facts.claimed_time = claim.time;
    record.last_entry = *seq;
    changed = true;
  }
  return changed;
}

}  // namespace countersign
