// SPDX-License-Identifier: Apache-2.0
// The assertion that stays on in release. For a programmer's error; never for bytes from outside.
#pragma once

#include <source_location>

namespace countersign {

/// Writes the place to stderr and aborts.
[[noreturn]] void broken_invariant(std::source_location where);

constexpr void invariant(bool holds, std::source_location where = std::source_location::current()) {
  if (!holds) broken_invariant(where);
}

}  // namespace countersign
