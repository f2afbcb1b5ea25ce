// SPDX-License-Identifier: Apache-2.0
// Dead letters: stored once, and replayed. A replay is begun by a person, and goes on by the reports of its
// own source, each of which moves position and letters in one batch: whatever is killed when, a letter is
// counted once.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "store/codec.h"
#include "store/draft.h"

namespace countersign {
namespace {

/// The tallies that a batch changes.
class Tallies {
 public:
  explicit Tallies(Draft& draft) : draft_(draft) {}

  Result<LetterTally*> of(const SourceName& source, const std::string& reason) {
    const auto known = changed_.find({source, reason});
    if (known != changed_.end()) return &known->second;
    auto stored = draft_.view().letter_tally(source, reason);
    if (!stored) return failure(stored.error());
    LetterTally tally;
    tally.source = source;
    tally.reason = reason;
    tally.first = draft_.time();
    return &changed_.emplace(std::pair(source, reason), stored->value_or(tally)).first->second;
  }

  void put() {
    for (const auto& [key, tally] : changed_) {
      draft_.put_row(RowChange::Where::Ledger, key::letter_tally(tally.source, tally.reason), encode(tally));
    }
  }

 private:
  Draft& draft_;
  std::map<std::pair<SourceName, std::string>, LetterTally> changed_;
};

void put_status(Draft& draft, std::uint64_t number, const LetterStatus& status) {
  draft.put_row(RowChange::Where::Ledger, key::letter_status(number), encode(status));
}

void put_replay(Draft& draft, const ReplayRecord& replay) {
  draft.put_row(RowChange::Where::Ledger, key::replay(replay.entry), encode(replay));
}

// --- beginning a replay

using Groups = std::map<std::pair<SourceName, TopicName>, ReplayGroup>;

/// Makes the letter one of the replay, unless it was replayed already or is in another.
Result<void> take_letter(Draft& draft, const ReplayCommand& command, const ReplayItem& item, Tallies& tallies,
                         Groups& groups, ReplayReceipt& receipt) {
  auto known = draft.view().letter_status(item.number);
  if (!known) return failure(known.error());
  LetterStatus status = known->value_or(LetterStatus{});
  if (status.state == LetterState::Replayed) {
    ++receipt.already_replayed;
    return {};
  }
  if (status.state == LetterState::Pending) {
    ++receipt.pending;
    return {};
  }
  auto tally = tallies.of(item.source, item.reason);
  if (!tally) return failure(tally.error());
  --(*tally)->dead;
  ++(*tally)->pending;
  status.state = LetterState::Pending;
  status.replay = draft.next_entry();
  status.changed = draft.time();
  status.actor = command.context.actor;
  status.element = item.element;
  status.origin = item.source;
  status.first_reason = item.reason;
  put_status(draft, item.number, status);
  ReplayGroup& group = groups[{item.source, item.topic}];
  group.source = item.source;
  group.topic = item.topic;
  group.letters.push_back(item.number);
  ++receipt.letters;
  return {};
}

JsonObject payload_of(const ReplayRecord& replay, const std::string& rationale) {
  JsonArray groups;
  for (const ReplayGroup& group : replay.groups) {
    JsonArray letters;
    for (const std::uint64_t letter : group.letters) letters.number(letter);
    groups.object(JsonObject()
                      .text("source", group.source.value)
                      .text("topic", group.topic.value)
                      .array("letters", letters));
  }
  return JsonObject().text("rationale", rationale).array("groups", groups);
}

// --- reports of a replay

/// The failures of the letters themselves, by offset; everything else in the report is new.
using Failures = std::map<Offset, const DeadLetter*>;

Result<void> store_letter(Draft& draft, const Report& report, const DeadLetter& letter,
                          const SourceName& origin, Tallies& tallies) {
  const std::uint64_t number = draft.batch().first_dead_letter + draft.batch().dead_letters.size();
  draft.batch().dead_letters.push_back(
      {number, report.partition, report.incarnation, letter, draft.time(), origin});
  auto tally = tallies.of(origin, letter.reason);
  if (!tally) return failure(tally.error());
  ++(*tally)->dead;
  (*tally)->bytes += letter.bytes.size();
  (*tally)->last = draft.time();
  return {};
}

/// Decoded, or the same letter with one more failure.
Result<void> settle_letter(Draft& draft, LetterStatus status, std::uint64_t number, const DeadLetter* failed,
                           Tallies& tallies) {
  auto tally = tallies.of(status.origin, status.first_reason);
  if (!tally) return failure(tally.error());
  --(*tally)->pending;
  ++(failed == nullptr ? (*tally)->replayed : (*tally)->dead);
  status.state = failed == nullptr ? LetterState::Replayed : LetterState::Dead;
  status.changed = draft.time();
  if (failed != nullptr) {
    ++status.failures;
    status.reason = failed->reason;
    status.message = failed->message;
  }
  put_status(draft, number, status);
  return {};
}

Result<void> finish_replay(Draft& draft, ReplayRecord& replay) {
  const bool done = std::ranges::all_of(
      replay.groups, [](const ReplayGroup& group) { return group.next == group.letters.size(); });
  if (done && !replay.finished) {
    replay.finished = draft.time();
    JsonObject entry = draft.begin_entry("replay.finished", own_context());
    entry.number("replay", replay.entry.value)
        .number("decoded", replay.decoded)
        .number("failed", replay.failed);
    auto seq = draft.add_entry(entry, "replay.finished");
    if (!seq) return failure(seq.error());
    draft.remove_row(RowChange::Where::Ledger, key::open_replay(replay.entry));
  }
  put_replay(draft, replay);
  return {};
}

Result<void> settle_replay(Draft& draft, const Report& report, Offset start, ReplayRecord replay) {
  const auto place = static_cast<std::size_t>(report.partition.partition);
  const auto corrupt = [&report](std::string_view what) {
    return failure(ErrorKind::Corrupt, fmt::format("{}: {}", to_string(report.partition), what));
  };
  if (place >= replay.groups.size() || report.partition != replay_partition(replay, place) ||
      report.end.value > replay.groups[place].letters.size()) {
    return corrupt(fmt::format("the replay has no messages up to {}", report.end.value));
  }
  ReplayGroup& group = replay.groups[place];
  Tallies tallies(draft);
  std::map<Offset, LetterStatus> statuses;
  for (Offset at = start; at < report.end; ++at.value) {
    auto status = draft.view().letter_status(group.letters[at.value]);
    if (!status) return failure(status.error());
    if (!*status || (*status)->state != LetterState::Pending || (*status)->replay != replay.entry) {
      return corrupt(fmt::format("letter {} is not in this replay", group.letters[at.value]));
    }
    statuses.emplace(at, std::move(**status));
  }
  Failures failures;
  for (const DeadLetter& letter : report.dead_letters) {
    const auto status = statuses.find(letter.offset);
    if (status == statuses.end()) continue;  // below the position: settled by an earlier report
    if (!letter.index || status->second.element) {
      failures.emplace(letter.offset, &letter);
    } else if (auto ok = store_letter(draft, report, letter, group.source, tallies); !ok) {
      return ok;
    }
  }
  DeadLetter gone;
  gone.reason = "gone";
  gone.message = "the letter is not kept any more";
  for (const Gap& gap : report.gaps) {
    for (Offset at = gap.start; at < gap.end; ++at.value) failures.emplace(at, &gone);
  }
  for (auto& [at, status] : statuses) {
    const auto failed = failures.find(at);
    const DeadLetter* letter = failed == failures.end() ? nullptr : failed->second;
    ++(letter == nullptr ? replay.decoded : replay.failed);
    if (auto ok = settle_letter(draft, std::move(status), group.letters[at.value], letter, tallies); !ok)
      return ok;
  }
  group.next = std::max(group.next, report.end.value);
  tallies.put();
  return finish_replay(draft, replay);
}

}  // namespace

Result<Decided> decide(const View& view, const Stamp& stamp, const ReplayCommand& command) {
  if (auto ok = check_context(command.context); !ok) return failure(ok.error());
  auto draft = Draft::begin(view, stamp);
  if (!draft) return failure(draft.error());
  ReplayReceipt receipt;
  Tallies tallies(*draft);
  Groups groups;
  for (const ReplayItem& item : command.letters) {
    if (auto ok = take_letter(*draft, command, item, tallies, groups, receipt); !ok)
      return failure(ok.error());
  }
  Decided out;
  if (receipt.letters > 0) {
    ReplayRecord replay;
    replay.entry = draft->next_entry();
    replay.actor = command.context.actor;
    replay.began = draft->time();
    for (auto& [key, group] : groups) replay.groups.push_back(std::move(group));
    JsonObject entry = draft->begin_entry("replay.started", command.context);
    entry.number("letters", receipt.letters)
        .text("commit", draft->commit(payload_of(replay, command.rationale)));
    auto seq = draft->add_entry(entry, "replay.started");
    if (!seq) return failure(seq.error());
    tallies.put();
    put_replay(*draft, replay);
    draft->put_row(RowChange::Where::Ledger, key::open_replay(replay.entry), "");
    receipt.replay = *seq;
    out = std::move(*draft).finish();
  }
  out.replay = receipt;
  return out;
}

Result<void> settle_dead_letters(Draft& draft, const Report& report, Offset start) {
  if (const auto id = replay_of(report.partition.source)) {
    auto replay = draft.view().replay(*id);
    if (!replay) {
      const bool unknown = replay.error().kind == ErrorKind::NotFound;
      return failure(unknown ? ErrorKind::Corrupt : replay.error().kind, replay.error().message);
    }
    return settle_replay(draft, report, start, std::move(*replay));
  }
  Tallies tallies(draft);
  for (const DeadLetter& letter : report.dead_letters) {
    if (auto ok = store_letter(draft, report, letter, report.partition.source, tallies); !ok) return ok;
  }
  tallies.put();
  return {};
}

}  // namespace countersign
