// SPDX-License-Identifier: Apache-2.0
#include "ingest/framing_detector.h"

#include <algorithm>

#include "core/event.h"
#include "ingest/json_scalar.h"

namespace countersign {
namespace {

constexpr std::size_t kTokenBytesMax = 4'096;  // digits of a number
constexpr std::size_t kDepthMax = 65'536;      // deeper text is no document for us

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_token(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || c == 'E' || c == '+' || c == '-' || c == '.';
}

/// Removes the digits in front; false when there is none.
bool skip_digits(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto count = static_cast<std::size_t>(end - text.begin());
  text.remove_prefix(count);
  return count > 0;
}

/// RFC 8259 §6.
bool is_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.starts_with('0'))
    text.remove_prefix(1);
  else if (!skip_digits(text))
    return false;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!skip_digits(text)) return false;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    if (!skip_digits(text)) return false;
  }
  return text.empty();
}

}  // namespace

bool JsonDocumentCheck::token_is_valid() const {
  return token_ == "true" || token_ == "false" || token_ == "null" || is_number(token_);
}

JsonDocumentCheck::Verdict JsonDocumentCheck::take(char c) {
  switch (expect_) {
    case Expect::InString:
    case Expect::InEscape:
    case Expect::InHex: return take_string(c);
    case Expect::InToken:
      if (is_token(c)) {
        token_ += c;
        return token_.size() <= kTokenBytesMax ? Verdict::Open : Verdict::Wrong;
      }
      if (!token_is_valid()) return Verdict::Wrong;
      expect_ = Expect::CommaOrClose;
      break;
    default: break;
  }
  return is_space(c) ? Verdict::Open : take_structure(c);
}

JsonDocumentCheck::Verdict JsonDocumentCheck::take_structure(char c) {
  switch (expect_) {
    case Expect::Value: return begin_value(c);
    case Expect::ValueOrClose: return c == ']' ? close(c) : begin_value(c);
    case Expect::NameOrClose:
      if (c == '}') return close(c);
      [[fallthrough]];
    case Expect::Name:
      if (c != '"') return Verdict::Wrong;
      in_name_ = true;
      expect_ = Expect::InString;
      return Verdict::Open;
    case Expect::Colon: expect_ = Expect::Value; return c == ':' ? Verdict::Open : Verdict::Wrong;
    default: break;
  }
  if (c == ',') {
    expect_ = objects_.back() ? Expect::Name : Expect::Value;
    return Verdict::Open;
  }
  return close(c);
}

JsonDocumentCheck::Verdict JsonDocumentCheck::begin_value(char c) {
  if (c == '{' || c == '[') {
    objects_.push_back(c == '{');
    expect_ = c == '{' ? Expect::NameOrClose : Expect::ValueOrClose;
    return objects_.size() <= kDepthMax ? Verdict::Open : Verdict::Wrong;
  }
  if (objects_.empty()) return Verdict::Wrong;
  if (c == '"') {
    in_name_ = false;
    expect_ = Expect::InString;
    return Verdict::Open;
  }
  if (!is_token(c)) return Verdict::Wrong;
  token_ = c;
  expect_ = Expect::InToken;
  return Verdict::Open;
}

JsonDocumentCheck::Verdict JsonDocumentCheck::close(char c) {
  if (c != (objects_.back() ? '}' : ']')) return Verdict::Wrong;
  objects_.pop_back();
  expect_ = Expect::CommaOrClose;
  return objects_.empty() ? Verdict::Complete : Verdict::Open;
}

JsonDocumentCheck::Verdict JsonDocumentCheck::take_string(char c) {
  constexpr std::string_view kEscapes = "\"\\/bfnrt";
  if (static_cast<unsigned char>(c) < 0x20) return Verdict::Wrong;
  switch (expect_) {
    case Expect::InEscape:
      hex_digits_ = 0;
      expect_ = c == 'u' ? Expect::InHex : Expect::InString;
      return c == 'u' || kEscapes.find(c) != std::string_view::npos ? Verdict::Open : Verdict::Wrong;
    case Expect::InHex:
      if (++hex_digits_ == 4) expect_ = Expect::InString;
      return is_hex(c) ? Verdict::Open : Verdict::Wrong;
    default: break;
  }
  if (c == '\\') expect_ = Expect::InEscape;
  if (c == '"') expect_ = in_name_ ? Expect::Colon : Expect::CommaOrClose;
  return Verdict::Open;
}

/// Lines of text begin with a bracket, too: `[Fri Jan 02 …] [error] …`, `[2026-01-02 03:04:05] …`.
std::optional<Framing> FramingDetector::after_bracket(char c) {
  constexpr std::size_t scalar_bytes_max = 64;
  const bool ends = is_space(c) || c == ',' || c == ']';
  if (scalar_.empty() && (c == '{' || c == '[' || c == ']' || c == '"')) return Framing::Array;
  if (!ends) {
    scalar_ += c;
    return scalar_.size() > scalar_bytes_max ? std::optional(Framing::Lines) : std::nullopt;
  }
  Value value;
  return read_json_scalar(scalar_, value) ? Framing::Array : Framing::Lines;
}

std::optional<Framing> FramingDetector::take(std::string_view chunk) {
  for (const char c : chunk) {
    if (!began_) {
      if (is_space(c) && scalar_.empty()) continue;
      if (bracket_) {
        if (const auto framing = after_bracket(c)) return framing;
        continue;
      }
      if (c == '[') {
        bracket_ = true;
        continue;
      }
      if (c != '{') return Framing::Lines;
      began_ = true;
    }
    over_lines_ = over_lines_ || c == '\n';
    switch (document_.take(c)) {
      case JsonDocumentCheck::Verdict::Open: break;
      case JsonDocumentCheck::Verdict::Complete: return over_lines_ ? Framing::Documents : Framing::Lines;
      case JsonDocumentCheck::Verdict::Wrong: return Framing::Lines;
    }
  }
  return std::nullopt;
}

}  // namespace countersign
