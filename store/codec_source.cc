// SPDX-License-Identifier: Apache-2.0
// What came of sources, and how they are.
#include "core/wire/stored.pb.h"
#include "store/codec_fields.h"

namespace countersign {

void write_message(const SourceActivity& from, wire::SourceActivity& to) {
  to.set_source(from.subject.source.value);
  to.set_field(from.subject.field);
  to.set_value(from.subject.value);
  to.set_first_record_ns(to_nanos(from.first_record));
  to.set_last_record_ns(to_nanos(from.last_record));
  if (from.last_event) to.set_last_event_ns(to_nanos(*from.last_event));
  to.set_records(from.records);
  to.set_events(from.events);
  to.set_rejected(from.rejected);
  to.set_truncated(from.truncated);
  for (const ActivitySlice& slice : from.slices) {
    wire::ActivitySlice& out = *to.add_slices();
    out.set_number(slice.number);
    out.set_judged(slice.judged);
    out.set_rejected(slice.rejected);
    out.set_timed(slice.clock.timed);
    out.set_ahead(slice.clock.ahead);
    out.set_newest_ns(slice.clock.newest.count());
  }
}

bool read_message(const wire::SourceActivity& from, SourceActivity& to) {
  to.subject = {SourceName{from.source()}, from.field(), from.value()};
  to.first_record = from_nanos(from.first_record_ns());
  to.last_record = from_nanos(from.last_record_ns());
  if (from.has_last_event_ns()) to.last_event = from_nanos(from.last_event_ns());
  to.records = from.records();
  to.events = from.events();
  to.rejected = from.rejected();
  to.truncated = from.truncated();
  for (const wire::ActivitySlice& slice : from.slices()) {
    to.slices.push_back({slice.number(),
                         slice.judged(),
                         slice.rejected(),
                         {slice.timed(), slice.ahead(), std::chrono::nanoseconds{slice.newest_ns()}}});
  }
  return true;
}

namespace {

void write_trouble(const SourceTrouble& from, wire::SourceTrouble& to) {
  to.set_since_ns(to_nanos(from.since));
  write_message(from.alert, *to.mutable_alert());
}

bool read_trouble(const wire::SourceTrouble& from, std::optional<SourceTrouble>& to) {
  to.emplace().since = from_nanos(from.since_ns());
  return read_message(from.alert(), to->alert);
}

}  // namespace

void write_message(const SourceHealth& from, wire::SourceHealth& to) {
  to.set_name(from.name);
  to.set_registered_ns(to_nanos(from.registered));
  to.set_changed_ns(to_nanos(from.changed));
  if (from.silent) write_trouble(*from.silent, *to.mutable_silent());
  if (from.rejecting) write_trouble(*from.rejecting, *to.mutable_rejecting());
  if (from.skewed) write_trouble(*from.skewed, *to.mutable_skewed());
  to.set_never_seen(from.never_seen);
  if (from.speaking_from) to.set_speaking_from_ns(to_nanos(*from.speaking_from));
}

bool read_message(const wire::SourceHealth& from, SourceHealth& to) {
  to.name = from.name();
  to.registered = from_nanos(from.registered_ns());
  to.changed = from_nanos(from.changed_ns());
  to.never_seen = from.never_seen();
  if (from.has_speaking_from_ns()) to.speaking_from = from_nanos(from.speaking_from_ns());
  bool ok = true;
  if (from.has_silent()) ok = read_trouble(from.silent(), to.silent);
  if (from.has_rejecting()) ok = read_trouble(from.rejecting(), to.rejecting) && ok;
  if (from.has_skewed()) ok = read_trouble(from.skewed(), to.skewed) && ok;
  return ok;
}

}  // namespace countersign
