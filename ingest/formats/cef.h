// SPDX-License-Identifier: Apache-2.0
// The envelopes CEF (ArcSight "Common Event Format", version 0 and 1) and LEEF (IBM "Log Event Extended
// Format", 1.0 and 2.0) → fields. Pure; any thread that owns the event.
//
// CEF:  `CEF:` version `|` vendor `|` product `|` version `|` class `|` name `|` severity `|` extension
//       header: `\|` and `\\`; extension: key `=` value, a value runs to the next ` key=`; `\=`, `\\`, `\n`,
//       `\r`. Fields `cef.version`, `cef.device.vendor`, `cef.device.product`, `cef.device.version`,
//       `cef.device.event_class_id`, `cef.name`, `cef.severity`; extensions by their keys. A key whose
//       meaning another one gives (`cs2Label=Rule Name`) is also found under that text.
// LEEF: `LEEF:` version `|` vendor `|` product `|` version `|` event id `|` [ delimiter `|` ] pairs
//       delimiter: a character, or `x09`, `0x5E`; without one a tab. Fields `leef.version`,
//       `leef.device.vendor`, `leef.device.product`, `leef.device.version`, `leef.event_id`; pairs by their
//       keys.
// Both may stand behind a syslog header.
#pragma once

#include <string_view>

#include "ingest/formats/text_fields.h"

namespace countersign {

/// Failure: truncated (the header ends early), too_many_fields.
TextRead read_cef(std::string_view text, TextFields& fields);
TextRead read_leef(std::string_view text, TextFields& fields);

}  // namespace countersign
