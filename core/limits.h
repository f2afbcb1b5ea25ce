// SPDX-License-Identifier: Apache-2.0
// Every limit of the pipeline, named once. docs/architecture.md lists them with the metric that shows when
// one bites. MB = 10^6 bytes, MiB = 2^20.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace countersign {

inline constexpr std::size_t kKiB = 1024;
inline constexpr std::size_t kMiB = 1024 * kKiB;

// Messages and events
inline constexpr std::size_t kMessageBytesMax = 1 * kMiB;      // larger: dead letter `too_large` (setting)
inline constexpr std::size_t kNestingMax = 64;                 // JSON containers inside each other
inline constexpr std::size_t kEventFieldsMax = 2'048;          // leaf values of one event
inline constexpr std::size_t kFieldNameBytesMax = 4 * kKiB;    // dotted path of one field
inline constexpr std::size_t kDeadLetterBytesMax = 64 * kMiB;  // above: a prefix, the length and SHA-256
inline constexpr std::size_t kDeadLetterPrefixBytes = 64 * kKiB;
inline constexpr std::size_t kBatchMessagesMax = 4'096;
inline constexpr std::size_t kBatchBytesMax = 8 * kMiB;

// Rules
inline constexpr std::size_t kRulesMax = 20'000;              // and as many filters
inline constexpr std::size_t kFilterPartsMax = 5'000'000;     // parts of conditions that filters add to rules
inline constexpr std::size_t kPlaceholderValuesMax = 10'000;  // that one value of a rule stands for
inline constexpr std::size_t kRulePlaceholderValuesMax = 100'000;  // … all values of a rule
inline constexpr std::size_t kCollectionBytesMax = 64 * kMiB;  // a file's merged documents; a node counts 64
inline constexpr std::size_t kRegexValueBytesMax = 64 * kKiB;  // a regex sees this prefix of a value
inline constexpr std::size_t kMatchesPerEventMax = 64;         // serve only; further ones count as over_limit

// Signals and alerts
inline constexpr std::size_t kSampleEnds = 5;  // smallest and largest events kept (semantics.md §4)
inline constexpr std::size_t kSampleEventBytesMax = 64 * kKiB;
inline constexpr std::size_t kExplanationBytesMax = 16 * kKiB;  // why the first event matched, as JSON

// Time
inline constexpr std::chrono::minutes kFutureMax{5};  // further ahead: ingestion time, marked
inline constexpr std::chrono::minutes kLatenessDefault{2};

static_assert(kMessageBytesMax <= kBatchBytesMax, "a batch must hold the largest message");
static_assert(kDeadLetterPrefixBytes <= kDeadLetterBytesMax);

}  // namespace countersign
