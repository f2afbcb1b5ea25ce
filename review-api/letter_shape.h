// SPDX-License-Identifier: Apache-2.0
// The shape of a message: what is left when the values are taken out, so that the thousand messages which one
// device sends count as one line. Pure; any thread; never fails.
//
//   numbers <n> · hexadecimal runs <hex> · addresses <ip> <mac> <email> · UUIDs <uuid>
//   texts in quotes "…", but for the keys of JSON · blanks one space · bytes that are no text \x00
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace countersign {

inline constexpr std::size_t kShapeBytesMax = 120;

/// At most kShapeBytesMax bytes of UTF-8 without control characters; a shape that was cut ends with `…`.
std::string letter_shape(std::string_view message);

}  // namespace countersign
