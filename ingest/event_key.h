// SPDX-License-Identifier: Apache-2.0
// What tells an event of a partition from the others, by the fields that its pack names in `duplicate_key`
// (docs/packs.md). Pure; any thread that owns the event.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/event.h"
#include "core/hash.h"
#include "ingest/duplicate_window.h"
#include "ingest/pack_program.h"

namespace countersign {

/// SHA-256, the first half, over the pack's name, the event's index in its message, and name and values of
/// each field, each with its length before it. Nothing when one of the fields is not there, or holds only
/// values that count as absent: half a key would make one event of many. `scratch` and `sha` are
/// kept by the caller, because making a hasher costs as much as the hash.
std::optional<EventKey> event_key(const Pack& pack, const ClassOutcome& outcome, const Event& event,
                                  std::uint32_t index, std::string& scratch, Sha256& sha);

}  // namespace countersign
