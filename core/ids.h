// SPDX-License-Identifier: Apache-2.0
// One type per id; no bare integer or string carries one. Pure; any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace countersign {

/// A text id of one kind. `Tag` keeps kinds apart at compile time.
template <class Tag>
struct TextId {
  std::string value;
  auto operator<=>(const TextId&) const = default;
  bool empty() const { return value.empty(); }
};

/// A number of one kind.
template <class Tag>
struct NumberId {
  std::uint64_t value = 0;
  auto operator<=>(const NumberId&) const = default;
};

using RuleId = TextId<struct RuleIdTag>;      // Sigma `id` (UUID); for rules without one `file:` and the path
using PersonId = TextId<struct PersonIdTag>;  // random, opaque, never reused (`p-` and 26 characters)
using SourceName = TextId<struct SourceNameTag>;  // as configured; default: the topic
using TopicName = TextId<struct TopicNameTag>;    // Kafka topic, `file:<path>` or `stdin`
using QueueName = TextId<struct QueueNameTag>;

using EntrySeq = NumberId<struct EntrySeqTag>;          // index in the evidence log, from 0
using AlertVersion = NumberId<struct AlertVersionTag>;  // from 1; rises with each action on the alert
using Offset = NumberId<struct OffsetTag>;              // message number within a source partition, from 0

/// `<epoch from 1>-<shard, 3 digits>-<counter, at least 6 digits>`, for example `1-000-000123` (contract.md
/// §4).
struct AlertId {
  std::uint32_t epoch = 0;
  std::uint16_t shard = 0;
  std::uint64_t counter = 0;
  auto operator<=>(const AlertId&) const = default;
};

std::string to_string(const AlertId& id);
/// Accepts exactly what `to_string` writes; else empty.
std::optional<AlertId> parse_alert_id(std::string_view text);

/// One partition of one source; the unit of order, of positions and of the ledger.
struct SourcePartition {
  SourceName source;
  TopicName topic;
  std::int32_t partition = 0;
  auto operator<=>(const SourcePartition&) const = default;
};

std::string to_string(const SourcePartition& partition);

}  // namespace countersign

template <class Tag>
struct std::hash<countersign::TextId<Tag>> {
  std::size_t operator()(const countersign::TextId<Tag>& id) const {
    return std::hash<std::string>{}(id.value);
  }
};

template <>
struct std::hash<countersign::AlertId> {
  std::size_t operator()(const countersign::AlertId& id) const {
    return std::hash<std::uint64_t>{}(id.counter * 1'000'003U + (std::uint64_t{id.epoch} << 16U) + id.shard);
  }
};
