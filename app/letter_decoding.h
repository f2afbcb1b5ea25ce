// SPDX-License-Identifier: Apache-2.0
// Dead letters as messages again, and what packs say of them. Any thread; each call has a decoder of its own.
#pragma once

#include <memory>
#include <string>

#include "core/clock.h"
#include "core/report.h"
#include "ingest/batch_writer.h"
#include "ingest/pack_set.h"
#include "ingest/time_zone.h"
#include "review-api/letter_access.h"

namespace countersign {

/// The message that the letter was, at `offset`. An element of a message comes as an array of one, so that it
/// is read as an element again. The writer copies the bytes.
void add_letter(const DeadLetter& letter, Offset offset, BatchWriter& writer);

struct LetterDecoding {
  std::shared_ptr<const PackSet> packs;
  std::string pack;  // the only one to ask; empty: all
  std::size_t message_bytes_max = kMessageBytesMax;
  TimeZone zone = {};  // of times without one
};

/// What decoding comes to now; nothing is counted or kept.
LetterExplanation explain_letter(const DeadLetter& letter, const TopicName& topic,
                                 const LetterDecoding& decoding, const Clock& clock);

}  // namespace countersign
