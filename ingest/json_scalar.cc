// SPDX-License-Identifier: Apache-2.0
#include "ingest/json_scalar.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "core/case_fold.h"
#include "core/json_text.h"

namespace countersign {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

bool read_hex4(const char* at, char32_t& out) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(at, at + 4, value, 16);
  if (error != std::errc{} || end != at + 4) return false;
  out = value;
  return true;
}

/// What a letter after a backslash stands for; 0: nothing.
constexpr std::array<char, 256> kEscapes = [] {
  std::array<char, 256> table{};
  table['"'] = '"';
  table['\\'] = '\\';
  table['/'] = '/';
  table['b'] = '\b';
  table['f'] = '\f';
  table['n'] = '\n';
  table['r'] = '\r';
  table['t'] = '\t';
  return table;
}();

/// The character of the escape `\uXXXX` at `at`, or of the pair of them; moves `at` behind it.
bool read_unicode_escape(const char*& at, char32_t& c) {
  if (at[1] != 'u' || !read_hex4(at + 2, c)) return false;
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

constexpr std::size_t kStepBytes = 16;

#ifdef __SSE2__
using Step = __m128i;
Step load(const char* at) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at)); }
void store(Step step, char* at) { _mm_storeu_si128(reinterpret_cast<__m128i*>(at), step); }

/// How many bytes stand before the first quote or backslash of the step.
std::size_t plain_bytes(Step step) {
  const __m128i hit =
      _mm_or_si128(_mm_cmpeq_epi8(step, _mm_set1_epi8('"')), _mm_cmpeq_epi8(step, _mm_set1_epi8('\\')));
  const auto mask = static_cast<unsigned>(_mm_movemask_epi8(hit));
  return mask == 0 ? kStepBytes : static_cast<std::size_t>(std::countr_zero(mask));
}
#else
using Step = std::array<char, kStepBytes>;
Step load(const char* at) {
  Step step;
  std::memcpy(step.data(), at, kStepBytes);
  return step;
}
void store(const Step& step, char* at) { std::memcpy(at, step.data(), kStepBytes); }
std::size_t plain_bytes(const Step& step) {
  const auto* const hit =
      std::find_if(step.begin(), step.end(), [](char c) { return c == '"' || c == '\\'; });
  return static_cast<std::size_t>(hit - step.begin());
}
#endif

bool is_disguise(char32_t c) {
  return (c < 0x80 && is_plain_in_json(static_cast<char>(c))) || (c >= 0x80 && case_fold(c) < 0x80);
}

/// Copies the escaped text at `at` to `out` up to its closing quote, where `at` is left. No escape is shorter
/// than what it stands for; up to kStepBytes - 1 bytes more than that are written. False: at an escape that
/// JSON does not know.
bool unescape(const char*& at, char*& out, bool& disguised) {
  while (true) {
    const Step step = load(at);
    store(step, out);
    const std::size_t plain = plain_bytes(step);
    at += plain;
    out += plain;
    if (plain == kStepBytes) continue;
    if (*at == '"') return true;
    if (const char meaning = kEscapes[static_cast<unsigned char>(at[1])]; meaning != '\0') {
      *out++ = meaning;
      at += 2;
      continue;
    }
    char32_t c = 0;
    if (!read_unicode_escape(at, c)) return false;
    disguised = disguised || is_disguise(c);
    std::string character;
    append_utf8(c, character);
    std::memcpy(out, character.data(), character.size());
    out += character.size();
  }
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

JsonString read_json_string(const char* start, std::size_t bytes_max, Arena& arena) {
  const char* at = start;
  std::size_t bytes = 0;
  while ((bytes = plain_bytes(load(at))) == kStepBytes) at += kStepBytes;
  at += bytes;
  const auto plain = static_cast<std::size_t>(at - start);
  if (*at == '"') return {{start, plain}, at + 1};
  char* const place = arena.allocate(bytes_max + kStepBytes).data();
  std::memcpy(place, start, plain);
  JsonString read;
  char* out = place + plain;
  read.known = unescape(at, out, read.disguised);
  read.content = {place, static_cast<std::size_t>(out - place)};
  read.end = read.known ? at + 1 : at;
  return read;
}

bool read_json_number(std::string_view token, Value& value) {
  if (read_short_integer(token, value)) return true;
  NumberShape shape;
  if (!read_shape(token, shape)) return false;
  value = Value{};
  value.text = token;
  const char* first = token.data();
  const char* last = first + token.size();
  if (shape.integer) {
    if (std::from_chars(first, last, value.integer).ec == std::errc{}) {
      value.type = ValueType::Integer;
      return true;
    }
    if (!shape.negative && std::from_chars(first, last, value.unsigned_integer).ec == std::errc{}) {
      value.type = ValueType::Unsigned;
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
  if (is_ascii(text)) return std::nullopt;
  for (std::size_t at = 0; at < text.size();) {
    std::uint64_t eight = 0;
    if (at + sizeof eight <= text.size()) {
      std::memcpy(&eight, text.data() + at, sizeof eight);
      if ((eight & 0x8080808080808080U) == 0) {
        at += sizeof eight;
        continue;
      }
    }
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
