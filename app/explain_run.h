// SPDX-License-Identifier: Apache-2.0
// `countersign rules explain` and `packs explain`: the messages of a file, and its events, decoded as for
// detection and with all names of their pack. One call at a time; reads files.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/clock.h"
#include "core/event.h"
#include "core/message.h"
#include "core/report.h"
#include "core/result.h"
#include "ingest/pack_set.h"

namespace countersign {

/// Either may be called any number of times, in input order.
struct EventReader {
  std::function<void(std::uint64_t line, std::uint32_t index, const Event&)> event;
  std::function<void(std::uint64_t line, const DeadLetter&)> dead_letter;
};

using MessageVisitor = std::function<void(const Message&, const TopicName&)>;

/// The messages of a file, as read_events() below reads them.
Result<void> read_messages(const std::string& file, std::uint64_t line, const Clock& clock,
                           const MessageVisitor& reader);

/// `file`: an event file (plain, gzip or zstd), `-` for standard input, or a file of test events
/// (`.tests.ndjson`), of which the messages are read. `line` 0: all lines. Errors: those of the source.
Result<void> read_events(const std::string& file, std::uint64_t line,
                         const std::shared_ptr<const PackSet>& packs, const Clock& clock,
                         const EventReader& reader);

/// The events of one message.
void read_message(std::string_view text, const std::shared_ptr<const PackSet>& packs, const Clock& clock,
                  const EventReader& reader);

}  // namespace countersign
