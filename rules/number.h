// SPDX-License-Identifier: Apache-2.0
// Numbers of rules and events, compared exactly as long as both are 64-bit integers, else as doubles.
// Pure; any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/event.h"

namespace countersign {

struct Number {
  enum class Kind : std::uint8_t { Integer, Unsigned, Double };
  Kind kind = Kind::Integer;
  std::int64_t integer = 0;            // Integer
  std::uint64_t unsigned_integer = 0;  // Unsigned: above the range of Integer
  double real = 0;                     // of every kind the nearest double
};

std::partial_ordering compare(const Number& a, const Number& b);

enum class Comparison : std::uint8_t { Equal, Less, LessOrEqual, Greater, GreaterOrEqual };
bool holds(Comparison comparison, std::partial_ordering order);

Number integer_number(std::int64_t value);

/// A decimal integer or fraction with optional sign and exponent, nothing before or after; else empty.
/// Integers beyond 64 bits become doubles.
std::optional<Number> parse_decimal(std::string_view text);
/// `0x1F` and `0o17` as well: what YAML 1.2 reads as a number.
std::optional<Number> parse_yaml_number(std::string_view text);

/// The number in an event's value: a number, or (for comparisons) a text that is one; else empty.
std::optional<Number> number_of(const Value& value);
std::optional<Number> number_or_numeric_text(const Value& value);

}  // namespace countersign
