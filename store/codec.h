// SPDX-License-Identifier: Apache-2.0
// Bytes of stored values (core/wire/stored.proto). Equal values have equal bytes within one build. Pure; any
// thread. decode<T> gives Corrupt when the bytes are not a T or hold a value outside its range.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"
#include "store/batch.h"

namespace countersign {

std::string encode(const AlertRecord& value);
std::string encode(const AlertCounts& value);
std::string encode(const SampleHeads& value);
std::string encode(const HistoryRow& value);
std::string encode(const QueueRow& value);
std::string encode(const GroupRecord& value);
std::string encode(const LedgerRow& value);
std::string encode(const OpenRange& value);
std::string encode(const RangeReport& value);
std::string encode(const FinishedRange& value);
std::string encode(const SourcePosition& value);
/// Without its number, which is its key.
std::string encode(const StoredDeadLetter& value);
std::string encode(const LetterStatus& value);
std::string encode(const LetterTally& value);
std::string encode(const ReplayRecord& value);
std::string encode(const SourceActivity& value);
std::string encode(const SourceHealth& value);
std::string encode(const Sealed& value);
std::string encode(const PayloadKey& value);
std::string encode(const IdempotencyRecord& value);
/// Without login and display name, which are a payload.
std::string encode(const PersonRecord& value);
std::string encode(const Session& value);
std::string encode(const ApiToken& value);
std::string encode(const Unrecorded& value);
std::string encode(const Identity& value);
std::string encode(const Current& value);
std::string encode(const Head& value);
std::string encode(const RuleManifestEntry& value);
std::string encode(const Batch& value);

template <class T>
Result<T> decode(std::string_view bytes);

/// The operator of Family::Counts: adds counts and widens first and last. What cannot be read marks the value
/// as damaged.
std::string merge_counts(std::optional<std::string_view> existing,
                         std::span<const std::string_view> operands);

}  // namespace countersign
