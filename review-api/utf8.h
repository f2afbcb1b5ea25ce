// SPDX-License-Identifier: Apache-2.0
// UTF-8 as JSON needs it (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF). Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace countersign {

bool is_utf8(std::string_view bytes);
/// `bytes`, with U+FFFD in place of each byte that is not part of a valid sequence.
std::string valid_utf8(std::string_view bytes);

}  // namespace countersign
