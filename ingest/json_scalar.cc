// SPDX-License-Identifier: Apache-2.0
#include "ingest/json_scalar.h"

#include <bit>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>

#include "core/case_fold.h"

namespace countersign {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

constexpr std::uint64_t repeat(unsigned char byte) { return 0x0101010101010101ULL * byte; }

/// Bytes of `word` that are zero, as their high bits; exact for the lowest one, which is all that is used.
constexpr std::uint64_t zero_bytes(std::uint64_t word) {
  return (word - repeat(0x01)) & ~word & repeat(0x80);
}

static_assert(std::endian::native == std::endian::little, "the lowest bit of a word is its first byte");

/// The first quote or backslash from `at` on; the caller knows that there is one.
const char* find_quote_or_backslash(const char* at) {
  for (;; at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    const std::uint64_t hit = zero_bytes(word ^ repeat('"')) | zero_bytes(word ^ repeat('\\'));
    if (hit != 0) return at + std::countr_zero(hit) / 8;
  }
}

bool read_hex4(const char* at, char32_t& out) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(at, at + 4, value, 16);
  if (error != std::errc{} || end != at + 4) return false;
  out = value;
  return true;
}

/// The character of the escape at `at` (its backslash); moves `at` behind it.
bool read_escape(const char*& at, char32_t& c) {
  static constexpr std::string_view kLetters = "\"\\/bfnrt";
  static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  if (at[1] != 'u') {
    const std::size_t index = kLetters.find(at[1]);
    if (index == std::string_view::npos) return false;
    c = static_cast<unsigned char>(kMeanings[index]);
    at += 2;
    return true;
  }
  if (!read_hex4(at + 2, c)) return false;
  at += 6;
  if (c < 0xD800 || c > 0xDFFF) return true;
  char32_t low = 0;
  if (c <= 0xDBFF && at[0] == '\\' && at[1] == 'u' && read_hex4(at + 2, low) && low >= 0xDC00 &&
      low <= 0xDFFF) {
    c = 0x10000 + ((c - 0xD800) << 10U) + (low - 0xDC00);
    at += 6;
  } else {
    c = kReplacement;
  }
  return true;
}

const char* find_closing_quote(const char* at) {
  for (at = find_quote_or_backslash(at); *at == '\\'; at = find_quote_or_backslash(at + 2)) {
  }
  return at;
}

struct NumberShape {
  bool integer = false;
  bool negative = false;
  std::size_t digits = 0;  // of the integer part
};

/// The grammar of RFC 8259 §6.
bool read_shape(std::string_view token, NumberShape& shape) {
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t first = at;
    while (at < token.size() && token[at] >= '0' && token[at] <= '9') ++at;
    return at - first;
  };
  if (at < token.size() && token[at] == '-') {
    shape.negative = true;
    ++at;
  }
  const std::size_t lead = at;
  shape.digits = digits();
  if (shape.digits == 0 || (shape.digits > 1 && token[lead] == '0')) return false;
  shape.integer = at == token.size();
  if (at < token.size() && token[at] == '.') {
    ++at;
    if (digits() == 0) return false;
  }
  if (at < token.size() && (token[at] == 'e' || token[at] == 'E')) {
    ++at;
    if (at < token.size() && (token[at] == '+' || token[at] == '-')) ++at;
    if (digits() == 0) return false;
  }
  return at == token.size();
}

double read_double(std::string_view token) {
  double number = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), number);
  // Beyond the range of a double, from_chars gives nothing; strtod gives infinity or zero.
  if (error == std::errc::result_out_of_range) return std::strtod(std::string(token).c_str(), nullptr);
  return number;
}

}  // namespace

bool read_json_string(const char* start, Arena& arena, std::string_view& content, const char*& end) {
  const char* at = find_quote_or_backslash(start);
  if (*at == '"') {
    content = {start, static_cast<std::size_t>(at - start)};
    end = at + 1;
    return true;
  }
  const char* quote = find_closing_quote(at);
  // No escape is shorter than what it stands for.
  const std::span<char> place = arena.allocate(static_cast<std::size_t>(quote - start));
  char* out = place.data();
  const auto copy = [&out](const char* from, const char* to) {
    std::memcpy(out, from, static_cast<std::size_t>(to - from));
    out += to - from;
  };
  std::string character;
  copy(start, at);
  while (at != quote) {
    char32_t c = 0;
    if (!read_escape(at, c)) {
      end = at;
      return false;
    }
    character.clear();
    append_utf8(c, character);
    copy(character.data(), character.data() + character.size());
    const char* next = find_quote_or_backslash(at);
    copy(at, next);
    at = next;
  }
  content = {place.data(), static_cast<std::size_t>(out - place.data())};
  end = quote + 1;
  return true;
}

bool read_json_number(std::string_view token, Value& value) {
  NumberShape shape;
  if (!read_shape(token, shape)) return false;
  value = Value{};
  value.text = token;
  const char* first = token.data();
  const char* last = first + token.size();
  if (shape.integer) {
    if (std::from_chars(first, last, value.integer).ec == std::errc{}) {
      value.type = ValueType::Integer;
      value.number = static_cast<double>(value.integer);
      return true;
    }
    if (!shape.negative && std::from_chars(first, last, value.unsigned_integer).ec == std::errc{}) {
      value.type = ValueType::Unsigned;
      value.number = static_cast<double>(value.unsigned_integer);
      return true;
    }
  }
  value.type = ValueType::Double;
  value.number = read_double(token);
  return true;
}

bool read_json_scalar(std::string_view token, Value& value) {
  if (token == "null") {
    value = Value{};
    return true;
  }
  if (token == "true" || token == "false") {
    value = Value{};
    value.type = ValueType::Bool;
    value.text = token;
    value.integer = token == "true" ? 1 : 0;
    return true;
  }
  return read_json_number(token, value);
}

std::optional<std::size_t> find_invalid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
      continue;
    }
    char32_t c = 0;
    const std::size_t length = decode_utf8(text.substr(at), c);
    if (c >= 0xD800 && c <= 0xDFFF) return at;
    at += length;
  }
  return std::nullopt;
}

bool ends_inside_json(std::string_view text) {
  bool in_string = false;
  std::size_t open = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++open;
    } else if ((c == '}' || c == ']') && open > 0) {
      --open;
    }
  }
  return in_string || open > 0;
}

std::optional<std::size_t> find_control_in_string(std::string_view text) {
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (in_string && c < 0x20) return i;
    if (in_string && c == '\\') {
      ++i;
    } else if (c == '"') {
      in_string = !in_string;
    }
  }
  return std::nullopt;
}

}  // namespace countersign
