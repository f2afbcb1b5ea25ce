// SPDX-License-Identifier: Apache-2.0
// The XML of one Windows event (Sysmon for Linux writes it too) → the fields that evtx_dump gives the same
// event: `Event.System.Provider.#attributes.Name`, `Event.EventData.<name of the Data element>`. No DTD, no
// entity but the five of XML and characters by number; a bare `&` counts as text. Pure; any thread.
#pragma once

#include <optional>
#include <string_view>

#include "core/event.h"
#include "ingest/decode_limits.h"

namespace countersign {

/// Clears `event` and fills it. A failure is bad_xml, too_deep, too_many_fields or too_long_name.
std::optional<DecodeFailure> read_event_xml(std::string_view xml, const DecodeLimits& limits, Event& event);

}  // namespace countersign
