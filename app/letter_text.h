// SPDX-License-Identifier: Apache-2.0
// Dead letters for reading. What comes from messages is hostile: nothing here has power over a terminal.
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "review-api/json_forward.h"

namespace countersign {

/// One line: number, time, reason, state, length, source, what was wrong.
std::string letter_line(const boost::json::object& letter);
/// All that is known of a letter; `bytes` is what is shown of its message, which has `length` bytes.
std::string letter_page(const boost::json::object& letter, std::string_view bytes);
/// Text as it is, made harmless; anything else as a hexadecimal dump of its first 256 bytes.
std::string message_preview(std::string_view bytes);
/// What today's packs make of a letter, from the JSON of an explanation.
std::string letter_explanation_text(const boost::json::object& explanation);

}  // namespace countersign
