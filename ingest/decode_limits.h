// SPDX-License-Identifier: Apache-2.0
// What every decoder is bound by, and how it says why it gave up. Plain values.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/limits.h"

namespace countersign {

struct DecodeLimits {
  std::size_t nesting_max = kNestingMax;     // containers inside each other, the event itself counts
  std::size_t fields_max = kEventFieldsMax;  // leaf values of one event, and as many containers
  std::size_t name_bytes_max = kFieldNameBytesMax;
};

/// Why a message or one element of it could not be read. `reason` is a reason of DeadLetter (core/report.h,
/// docs/packs.md); `message` says what, where (byte), the value and the limit, and holds no payload.
struct DecodeFailure {
  std::string_view reason;
  std::string message;
};

}  // namespace countersign
