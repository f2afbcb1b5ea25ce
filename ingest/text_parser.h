// SPDX-License-Identifier: Apache-2.0
// A line of text, and what a pack's parser makes of it. Pure; any thread that owns the event.
#pragma once

#include <optional>
#include <string_view>

#include "ingest/formats/syslog.h"
#include "ingest/formats/text_fields.h"
#include "ingest/pack_program.h"

namespace countersign {

struct TextLine {
  std::string_view text;
  std::optional<SyslogHeader> header;

  std::string_view part(TextPart part) const;
};

/// Reads `text` with a parser that is not JSON. The event is not cleared, except for event_xml. `names` are
/// those of this parser, or null.
TextRead read_text(const Parser& parser, std::string_view text, const DecodeLimits& limits,
                   std::uint16_t depth, PairNames* names, Event& event);

}  // namespace countersign
