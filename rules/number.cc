// SPDX-License-Identifier: Apache-2.0
#include "rules/number.h"

#include <charconv>
#include <cmath>

namespace countersign {
namespace {

Number from_unsigned(std::uint64_t value) {
  if (value <= static_cast<std::uint64_t>(INT64_MAX)) return integer_number(static_cast<std::int64_t>(value));
  return {Number::Kind::Unsigned, 0, value, static_cast<double>(value)};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// [-+]?(digits(.digits*)?|.digits)([eE][-+]?digits)?
bool looks_decimal(std::string_view text, bool& integral) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t start = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i - start;
  };
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
  std::size_t count = digits();
  integral = true;
  if (i < text.size() && text[i] == '.') {
    integral = false;
    ++i;
    count += digits();
  }
  if (count == 0) return false;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    integral = false;
    ++i;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    if (digits() == 0) return false;
  }
  return i == text.size();
}

template <class T>
bool read_whole(std::string_view text, T& out, int base) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

Number integer_number(std::int64_t value) {
  return {Number::Kind::Integer, value, 0, static_cast<double>(value)};
}

std::partial_ordering compare(const Number& a, const Number& b) {
  if (a.kind == Number::Kind::Integer && b.kind == Number::Kind::Integer) return a.integer <=> b.integer;
  if (a.kind == Number::Kind::Unsigned && b.kind == Number::Kind::Unsigned)
    return a.unsigned_integer <=> b.unsigned_integer;
  if (a.kind == Number::Kind::Unsigned && b.kind == Number::Kind::Integer)
    return std::partial_ordering::greater;
  if (a.kind == Number::Kind::Integer && b.kind == Number::Kind::Unsigned) return std::partial_ordering::less;
  return a.real <=> b.real;
}

bool holds(Comparison comparison, std::partial_ordering order) {
  switch (comparison) {
    case Comparison::Equal: return order == 0;
    case Comparison::Less: return order < 0;
    case Comparison::LessOrEqual: return order <= 0;
    case Comparison::Greater: return order > 0;
    case Comparison::GreaterOrEqual: return order >= 0;
  }
  return false;
}

std::optional<Number> parse_decimal(std::string_view text) {
  bool integral = false;
  if (!looks_decimal(text, integral)) return std::nullopt;
  if (text.front() == '+') text.remove_prefix(1);
  if (integral) {
    std::int64_t integer = 0;
    if (read_whole(text, integer, 10)) return integer_number(integer);
    std::uint64_t large = 0;
    if (read_whole(text, large, 10)) return from_unsigned(large);
  }
  double real = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), real);
  if (end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) return std::nullopt;  // not a number that can be compared
  return Number{Number::Kind::Double, 0, 0, real};
}

std::optional<Number> parse_yaml_number(std::string_view text) {
  const bool hex = text.starts_with("0x");
  if (hex || text.starts_with("0o")) {
    std::uint64_t value = 0;
    if (!read_whole(text.substr(2), value, hex ? 16 : 8)) return std::nullopt;
    return from_unsigned(value);
  }
  return parse_decimal(text);
}

std::optional<Number> number_of(const Value& value) {
  switch (value.type) {
    case ValueType::Integer: return integer_number(value.integer);
    case ValueType::Unsigned: return from_unsigned(value.unsigned_integer);
    case ValueType::Double: return Number{Number::Kind::Double, 0, 0, value.number};
    default: return std::nullopt;
  }
}

std::optional<Number> number_or_numeric_text(const Value& value) {
  if (value.type == ValueType::String) return parse_decimal(value.text);
  return number_of(value);
}

}  // namespace countersign
