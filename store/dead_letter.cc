// SPDX-License-Identifier: Apache-2.0
#include "store/dead_letter.h"

#include <charconv>

#include <fmt/format.h>

namespace countersign {
namespace {
constexpr std::string_view kReplayPrefix = "replay:";
}

std::string_view to_string(LetterState state) {
  switch (state) {
    case LetterState::Dead: return "dead";
    case LetterState::Pending: return "pending";
    case LetterState::Replayed: return "replayed";
  }
  return "unknown";
}

std::optional<LetterState> parse_letter_state(std::string_view text) {
  for (const LetterState state : {LetterState::Dead, LetterState::Pending, LetterState::Replayed}) {
    if (text == to_string(state)) return state;
  }
  return std::nullopt;
}

std::uint64_t ReplayRecord::letters() const {
  std::uint64_t sum = 0;
  for (const ReplayGroup& group : groups) sum += group.letters.size();
  return sum;
}

SourceName replay_source(EntrySeq replay) {
  return SourceName{fmt::format("{}{}", kReplayPrefix, replay.value)};
}

std::optional<EntrySeq> replay_of(const SourceName& source) {
  std::string_view text = source.value;
  if (!text.starts_with(kReplayPrefix)) return std::nullopt;
  text.remove_prefix(kReplayPrefix.size());
  EntrySeq out;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

SourcePartition replay_partition(const ReplayRecord& replay, std::size_t group) {
  return {replay_source(replay.entry), replay.groups[group].topic, static_cast<std::int32_t>(group)};
}

}  // namespace countersign
