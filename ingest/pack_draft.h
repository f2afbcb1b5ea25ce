// SPDX-License-Identifier: Apache-2.0
// A mapping pack for a message that no pack knows, to begin with: its format, what seems to recognise it, and
// names for the fields whose meaning their own names give away. A person reads it before it is used. Pure;
// any thread.
#pragma once

#include <string>
#include <string_view>

namespace countersign {

/// `message` is followed by kMessagePaddingBytes readable bytes. The draft loads without a finding.
std::string draft_pack(std::string_view message);

}  // namespace countersign
