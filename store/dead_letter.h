// SPDX-License-Identifier: Apache-2.0
// Messages that no pack could read, what became of them since, and replays: their bytes through the pipeline
// once more, as a source `replay:<entry>` of its own.
//
// A letter is one row for ever. Replays change its status alone: one that fails again is still the same
// letter, with the latest failure in its status. What is new when a message with many elements is replayed
// are the elements that cannot be read, each a part of that message. Plain values; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "core/report.h"
#include "core/time.h"
#include "store/alert.h"

namespace countersign {

inline constexpr std::size_t kReplayLettersMax = 10'000;       // of one replay
inline constexpr std::uint64_t kLettersLookedAtMax = 100'000;  // to find those of one replay
/// One question about letters reads at most so many bytes, and one letter.
inline constexpr std::uint64_t kLetterBytesReadMax = 256ULL << 20U;

struct StoredDeadLetter {
  std::uint64_t number = 0;  // from 1, in order of arrival
  SourcePartition partition;
  std::uint32_t incarnation = 0;
  DeadLetter letter;
  Timestamp stored{};
  SourceName origin = {};  // the configured source that it came from; differs for what a replay found
};

enum class LetterState : std::uint8_t {
  Dead = 1,
  Pending,   // in a replay that is not finished
  Replayed,  // decoded by a replay
};
std::string_view to_string(LetterState state);
std::optional<LetterState> parse_letter_state(std::string_view text);

/// What became of a letter. Without a row of its own: dead, and never replayed.
struct LetterStatus {
  LetterState state = LetterState::Dead;
  EntrySeq replay;  // the last one: its entry replay.started
  Timestamp changed{};
  Actor actor;  // who began the last replay
  std::uint64_t failures = 0;
  std::string reason;  // of the last failure; empty: none
  std::string message;
  bool element = false;  // the letter is one element of a message
  SourceName origin;     // with the reason in the letter, its place in the tally
  std::string first_reason;
};

struct DeadLetterRow {
  StoredDeadLetter stored;
  std::optional<LetterStatus> status;
  LetterState state() const { return status ? status->state : LetterState::Dead; }
};

/// How many letters of one source have one reason.
struct LetterTally {
  SourceName source;
  std::string reason;
  std::uint64_t dead = 0;
  std::uint64_t pending = 0;
  std::uint64_t replayed = 0;
  std::uint64_t bytes = 0;  // kept, of all of them
  Timestamp first{};        // when the first one was stored
  Timestamp last{};
  bool operator==(const LetterTally&) const = default;
};

/// The letters of a replay that came from one source and topic: partition n of the replay's source.
struct ReplayGroup {
  SourceName source;  // the configured one
  TopicName topic;
  std::vector<std::uint64_t> letters;  // ascending; the offset of a letter is its place here
  std::uint64_t next = 0;              // offset up to which it is done
};

struct ReplayRecord {
  EntrySeq entry;  // replay.started: the replay's id
  Actor actor;
  Timestamp began{};
  std::vector<ReplayGroup> groups;
  std::uint64_t decoded = 0;
  std::uint64_t failed = 0;
  std::optional<Timestamp> finished;

  std::uint64_t letters() const;
};

/// `replay:1042`
SourceName replay_source(EntrySeq replay);
std::optional<EntrySeq> replay_of(const SourceName& source);
SourcePartition replay_partition(const ReplayRecord& replay, std::size_t group);

struct LetterFilter {
  std::string source;              // where it came from, or the replay that found it; empty: any
  std::string reason;              // empty: any
  std::optional<Timestamp> since;  // stored then or later
  std::optional<Timestamp> until;  // stored before
  std::optional<LetterState> state;
};

struct LetterQuery {
  LetterFilter filter;
  bool newest_first = true;
  std::uint64_t from = 0;  // the number to begin with; 0: the first in this order
  std::uint64_t looked_at_max = kLettersLookedAtMax;
};

struct LetterScan {
  std::uint64_t looked_at = 0;
  std::optional<std::uint64_t> next;  // number to go on with; absent: all were looked at
};

struct ReplayItem {
  std::uint64_t number = 0;
  SourceName source;
  TopicName topic;
  std::string reason;
  bool element = false;
};

/// What a replay is to hold: letters that are dead or not.
struct ReplaySelection {
  std::vector<ReplayItem> letters;  // ascending
  std::optional<std::uint64_t> next;
};

struct ReplayRequest {
  std::vector<std::uint64_t> letters;  // by number, or, when empty, by `filter`
  LetterFilter filter;
  std::uint64_t from = 0;  // with `filter`: the number to begin with
  std::string rationale;
  ActorContext context;
};

struct ReplayReceipt {
  std::optional<EntrySeq> replay;  // absent: there was nothing to do
  std::uint64_t letters = 0;
  std::uint64_t already_replayed = 0;
  std::uint64_t pending = 0;          // in another replay
  std::optional<std::uint64_t> next;  // more letters may match from this number on
};

}  // namespace countersign
