// SPDX-License-Identifier: Apache-2.0
// The letters of one group of a replay as a source that ends. Small batches: each is durable by itself, and a
// killed process goes on behind the last one.
#pragma once

#include <memory>

#include "ingest/source.h"
#include "store/store.h"

namespace countersign {

inline constexpr std::size_t kReplayBatchLetters = 256;

/// The store must outlive the source.
std::unique_ptr<Source> make_replay_source(const Store& store, ReplayRecord replay, std::size_t group);

}  // namespace countersign
