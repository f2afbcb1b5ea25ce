// SPDX-License-Identifier: Apache-2.0
// What became of dead letters, and replays.
#include "core/wire/stored.pb.h"
#include "store/codec_fields.h"

namespace countersign {

void write_message(const Actor& from, wire::Actor& to) {
  to.set_kind(static_cast<std::uint32_t>(from.kind));
  to.set_id(from.id);
}

bool read_message(const wire::Actor& from, Actor& to) {
  to.id = from.id();
  return read_enum(from.kind(), ActorKind::Ai, to.kind);
}

void write_message(const LetterStatus& from, wire::LetterStatus& to) {
  to.set_state(static_cast<std::uint32_t>(from.state));
  to.set_replay(from.replay.value);
  to.set_changed_ns(to_nanos(from.changed));
  write_message(from.actor, *to.mutable_actor());
  to.set_failures(from.failures);
  to.set_reason(from.reason);
  to.set_text(from.message);
  to.set_element(from.element);
  to.set_origin(from.origin.value);
  to.set_first_reason(from.first_reason);
}

bool read_message(const wire::LetterStatus& from, LetterStatus& to) {
  to.replay.value = from.replay();
  to.changed = from_nanos(from.changed_ns());
  to.failures = from.failures();
  to.reason = from.reason();
  to.message = from.text();
  to.element = from.element();
  to.origin.value = from.origin();
  to.first_reason = from.first_reason();
  return read_enum(from.state(), LetterState::Replayed, to.state) && read_message(from.actor(), to.actor);
}

void write_message(const LetterTally& from, wire::LetterTally& to) {
  to.set_source(from.source.value);
  to.set_reason(from.reason);
  to.set_dead(from.dead);
  to.set_pending(from.pending);
  to.set_replayed(from.replayed);
  to.set_bytes_kept(from.bytes);
  to.set_first_ns(to_nanos(from.first));
  to.set_last_ns(to_nanos(from.last));
}

bool read_message(const wire::LetterTally& from, LetterTally& to) {
  to = {SourceName{from.source()},
        from.reason(),
        from.dead(),
        from.pending(),
        from.replayed(),
        from.bytes_kept(),
        from_nanos(from.first_ns()),
        from_nanos(from.last_ns())};
  return true;
}

void write_message(const ReplayRecord& from, wire::ReplayRecord& to) {
  to.set_entry(from.entry.value);
  write_message(from.actor, *to.mutable_actor());
  to.set_began_ns(to_nanos(from.began));
  for (const ReplayGroup& group : from.groups) {
    wire::ReplayGroup& out = *to.add_groups();
    out.set_source(group.source.value);
    out.set_topic(group.topic.value);
    for (const std::uint64_t letter : group.letters) out.add_letters(letter);
    out.set_next(group.next);
  }
  to.set_decoded(from.decoded);
  to.set_failed(from.failed);
  if (from.finished) to.set_finished_ns(to_nanos(*from.finished));
}

bool read_message(const wire::ReplayRecord& from, ReplayRecord& to) {
  to.entry.value = from.entry();
  to.began = from_nanos(from.began_ns());
  for (const wire::ReplayGroup& group : from.groups()) {
    ReplayGroup& out = to.groups.emplace_back();
    out.source.value = group.source();
    out.topic.value = group.topic();
    out.letters.assign(group.letters().begin(), group.letters().end());
    out.next = group.next();
  }
  to.decoded = from.decoded();
  to.failed = from.failed();
  if (from.has_finished_ns()) to.finished = from_nanos(from.finished_ns());
  return read_message(from.actor(), to.actor);
}

}  // namespace countersign
