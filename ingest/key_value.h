// SPDX-License-Identifier: Apache-2.0
// Lines of `key=value` pairs, as firewalls write them → the flat fields of an event. Pure; any thread that
// owns the event.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/event.h"
#include "ingest/decode_limits.h"

namespace countersign {

/// Reads `line` = prefix pair (blank pair)*, pair = key `=` value, key = letters, digits and `_ - . : /`,
/// value = `"` text with `\"` and `\\` `"` | text without blanks. Words without `=` are passed over: a syslog
/// header, whose `<priority>` becomes the field `syslog.priority`. Values are strings that view `line` or the
/// arena. The event is cleared first. A failure is too_many_fields or truncated (an open quote).
std::optional<DecodeFailure> read_key_values(std::string_view line, const DecodeLimits& limits, Event& event);

}  // namespace countersign
