// SPDX-License-Identifier: Apache-2.0
// Sources as they are now.
#include <algorithm>
#include <set>

#include "store/reader.h"

namespace countersign {

Result<std::vector<ExpectedSource>> Reader::changing_sources(const std::vector<ExpectedSource>& expected,
                                                             Timestamp listening_from) const {
  const Snapshot snapshot = db_.snapshot();
  const SourceRows rows{[&](const SourceSubject& subject) {
                          return find<SourceActivity>(
                              snapshot, Family::Ledger,
                              key::source_activity(subject.source, subject.field, subject.value));
                        },
                        [&](const std::string& name) {
                          return find<SourceHealth>(snapshot, Family::Ledger, key::source_health(name));
                        }};
  auto findings = look_at_all(expected, rows, listening_from, clock_.now());
  if (!findings) return failure(findings.error());
  std::vector<ExpectedSource> out;
  for (SourceFinding& finding : *findings) out.push_back(std::move(finding.expected));
  return out;
}

Result<std::vector<SourceStatus>> Reader::source_statuses(const std::vector<ExpectedSource>& expected,
                                                          const std::vector<SourceName>& configured) const {
  const Snapshot snapshot = db_.snapshot();
  std::vector<SourceStatus> out;
  std::set<SourceName> watched;
  const auto activity_of = [&](const SourceSubject& subject) {
    return find<SourceActivity>(snapshot, Family::Ledger,
                                key::source_activity(subject.source, subject.field, subject.value));
  };
  for (const ExpectedSource& one : expected) {
    SourceStatus& row = out.emplace_back();
    row.expected = one;
    if (one.subject.whole()) watched.insert(one.subject.source);
    auto activity = activity_of(one.subject);
    if (!activity) return failure(activity.error());
    row.activity = std::move(*activity);
    auto health = find<SourceHealth>(snapshot, Family::Ledger, key::source_health(one.name));
    if (!health) return failure(health.error());
    const SourceHealth known = health->value_or(SourceHealth{});
    row.state = state_of(known, row.activity);
    if (*health) row.since = state_since(known);
    for (const auto* trouble : {&known.silent, &known.rejecting, &known.skewed}) {
      if (!*trouble) continue;
      auto alert = find<AlertRecord>(snapshot, Family::Alerts, key::alert((*trouble)->alert));
      if (!alert) return failure(alert.error());
      if (*alert && (*alert)->review.status != Status::Closed) row.open_alerts.push_back((*trouble)->alert);
    }
  }
  for (const SourceName& name : configured) {
    if (watched.contains(name)) continue;
    SourceStatus& row = out.emplace_back();
    row.expected.name = name.value;
    row.expected.subject.source = name;
    auto activity = activity_of(row.expected.subject);
    if (!activity) return failure(activity.error());
    row.activity = std::move(*activity);
  }
  return out;
}

}  // namespace countersign
