// SPDX-License-Identifier: Apache-2.0
// Alerts of Countersign about itself: one open alert for each rule (or none) and group key.
#include <utility>

#include "store/draft.h"

namespace countersign {

Result<AlertId> open_or_attach_self(Draft& draft, AlertRecord record) {
  Alert& facts = record.facts;
  const std::string key = group_key_of(draft, facts.rule_id, facts.group_key);
  auto group = draft.view().group(key);
  if (!group) return failure(group.error());
  const AlertCounts once{1, draft.time(), draft.time(), false};
  if (*group) {
    auto current = draft.view().alert((*group)->current);
    if (!current) return failure(current.error());
    const Alert& open = current->facts;
    if (current->review.status != Status::Closed) {
      draft.batch().attaches.push_back({open.id, once, 1, open.severity, open.queue});
      return open.id;
    }
    facts.generation = (*group)->generations + 1;
    facts.links.push_back((*group)->current);
  }
  facts.id = draft.next_alert();
  facts.version = AlertVersion{1};
  facts.kind = AlertKind::Self;
  facts.severity_source = "rule";
  facts.queue.value = kDefaultQueue;
  facts.policy = draft.policy().version;
  facts.times.opened = draft.time();
  record.review.due = draft.time() + review_target(draft.policy(), facts.severity);
  auto seq = add_opened_entry(draft, record, {}, own_context());
  if (!seq) return failure(seq.error());
  const AlertId id = facts.id;
  draft.batch().groups.push_back({key, {id, facts.generation}});
  draft.batch().attaches.push_back({id, once, 0, facts.severity, facts.queue});
  draft.batch().alerts.push_back({std::move(record), std::nullopt});
  return id;
}

}  // namespace countersign
