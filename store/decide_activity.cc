// SPDX-License-Identifier: Apache-2.0
// What a report says of its source: when it last spoke, and how much of it could be read.
#include <algorithm>

#include "store/dead_letter.h"
#include "store/draft.h"

namespace countersign {
namespace {

bool is_truncated(const DeadLetter& letter) { return letter.truncated || letter.reason == "truncated"; }

Result<SourceActivity> known_activity(const Draft& draft, const SourceSubject& subject) {
  auto known = draft.view().source_activity(subject);
  if (!known) return failure(known.error());
  if (*known) return std::move(**known);
  SourceActivity fresh;
  fresh.subject = subject;
  fresh.first_record = draft.time();
  return fresh;
}

void put_activity(Draft& draft, const SourceActivity& activity) {
  const SourceSubject& subject = activity.subject;
  draft.put_row(RowChange::Where::Ledger, key::source_activity(subject.source, subject.field, subject.value),
                encode(activity));
}

void add_event_time(Timestamp time, SourceActivity& activity) {
  activity.last_event = std::max(activity.last_event.value_or(time), time);
}

void add_report(const Report& report, Timestamp now, SourceActivity& activity) {
  const LedgerCounts& counts = report.counts;
  activity.last_record = now;
  activity.records += counts.delivered;
  activity.events += counts.events - counts.undecodable;
  activity.rejected += report.dead_letters.size();
  activity.truncated += static_cast<std::uint64_t>(std::ranges::count_if(report.dead_letters, is_truncated));
  if (counts.events > counts.undecodable) add_event_time(report.next.event_time_max, activity);
  ActivitySlice slice;
  slice.number = slice_number(now);
  slice.judged = counts.dead_lettered + counts.events;
  slice.rejected = counts.dead_lettered + counts.undecodable;
  slice.clock = report.clock;
  add_to_slices(activity.slices, slice);
}

}  // namespace

Result<void> record_activity(Draft& draft, const Report& report) {
  if (report.counts.delivered == 0 || replay_of(report.partition.source)) return {};
  auto whole = known_activity(draft, {report.partition.source, {}, {}});
  if (!whole) return failure(whole.error());
  add_report(report, draft.time(), *whole);
  put_activity(draft, *whole);
  for (const ObserverCount& count : report.observers) {
    auto one = known_activity(draft, {report.partition.source, count.field, count.value});
    if (!one) return failure(one.error());
    one->last_record = draft.time();
    one->events += count.events;
    add_event_time(count.last, *one);
    put_activity(draft, *one);
  }
  return {};
}

}  // namespace countersign
