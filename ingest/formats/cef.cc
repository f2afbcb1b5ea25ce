// SPDX-License-Identifier: Apache-2.0
#include "ingest/formats/cef.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include <fmt/format.h>

namespace countersign {
namespace {

constexpr std::size_t kLabelsMax = 64;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Keys of extensions: the specification allows letters and digits; products also write `_ . - [ ]`.
bool is_key(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '.' ||
         c == '-' || c == '[' || c == ']';
}

/// Where `word` and a digit stand, at the front or behind something that is no letter.
std::size_t find_start(std::string_view text, std::string_view word) {
  std::size_t at = text.find(word);
  while (at != std::string_view::npos) {
    const bool free = at == 0 || !is_key(text[at - 1]);
    if (free && at + word.size() < text.size() && is_digit(text[at + word.size()])) return at;
    at = text.find(word, at + 1);
  }
  return at;
}

/// The header's next part, to the next bar that no backslash stands before. False: there is no bar.
bool header_part(std::string_view& rest, std::string_view& part) {
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '\\') {
      ++i;
    } else if (rest[i] == '|') {
      part = rest.substr(0, i);
      rest.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

DecodeFailure short_header(std::string_view format, std::size_t parts, std::size_t of) {
  return {"truncated", fmt::format("the {} header ends after {} of {} parts", format, parts, of)};
}

/// ` key=` at `at`, which is where the blank stands: the place of the `=`, or npos.
std::size_t key_end(std::string_view text, std::size_t at) {
  std::size_t i = at;
  while (i < text.size() && is_key(text[i])) ++i;
  return i > at && i < text.size() && text[i] == '=' ? i : std::string_view::npos;
}

class ExtensionReader {
 public:
  ExtensionReader(std::string_view text, TextFields& fields) : text_(text), fields_(fields) {}

  bool read() {
    std::size_t at = 0;
    while (at < text_.size() && text_[at] == ' ') ++at;
    std::size_t equals = key_end(text_, at);
    while (equals != std::string_view::npos) {
      const std::string_view key = text_.substr(at, equals - at);
      std::size_t next = text_.size();  // where the next key starts
      std::size_t next_equals = std::string_view::npos;
      std::size_t blank = text_.find(' ', equals + 1);
      while (blank != std::string_view::npos) {
        next_equals = key_end(text_, blank + 1);
        if (next_equals != std::string_view::npos) {
          next = blank + 1;
          break;
        }
        blank = text_.find(' ', blank + 1);
      }
      if (!add(key, trim_blanks(text_.substr(equals + 1, next - equals - 1)))) return false;
      at = next;
      equals = next_equals;
    }
    return labels();
  }

 private:
  struct Pair {
    std::string_view key;
    std::string_view value;
  };

  bool add(std::string_view key, std::string_view raw) {
    const std::string_view value = unescape_backslashes(raw, "=\\|", true, fields_.arena());
    if (key.ends_with("Label") && key.size() > 5 && count_ < labels_.size())
      labels_[count_++] = {key.substr(0, key.size() - 5), value};
    else if (numbered_ < values_.size() && can_be_labelled(key))
      values_[numbered_++] = {key, value};
    return fields_.add(key, value);
  }

  /// `cs1`, `cn2`, `flexString1`, `deviceCustomDate1`, `c6a2`, `cfp1` …: all end in a digit.
  static bool can_be_labelled(std::string_view key) { return is_digit(key.back()); }

  bool labels() {
    for (std::size_t i = 0; i < count_; ++i) {
      if (labels_[i].value.empty()) continue;
      for (std::size_t j = 0; j < numbered_; ++j)
        if (values_[j].key == labels_[i].key && !fields_.add(labels_[i].value, values_[j].value, true))
          return false;
    }
    return true;
  }

  std::string_view text_;
  TextFields& fields_;
  std::array<Pair, kLabelsMax> labels_{};
  std::array<Pair, kLabelsMax> values_{};
  std::size_t count_ = 0;
  std::size_t numbered_ = 0;
};

/// `x09`, `0x5E`, or the character itself; 0: none of them.
char delimiter_of(std::string_view text) {
  if (text.size() == 1) return text.front();
  if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(1);
  if (text.size() < 2 || text.size() > 5 || (text.front() != 'x' && text.front() != 'X')) return '\0';
  unsigned code = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), code, 16);
  if (error != std::errc{} || end != text.data() + text.size() || code == 0 || code > 0x7F) return '\0';
  return static_cast<char>(code);
}

bool leef_pairs(std::string_view rest, char delimiter, TextFields& fields) {
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(delimiter), rest.size());
    const std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) continue;
    const std::string_view key = trim_blanks(pair.substr(0, equals));
    const std::string_view value = unescape_backslashes(pair.substr(equals + 1), "=\\", true, fields.arena());
    if (!key.empty() && !fields.add(key, trim_blanks(value))) return false;
  }
  return true;
}

}  // namespace

TextRead read_cef(std::string_view text, TextFields& fields) {
  static constexpr std::array<std::string_view, 7> names = {
      "cef.version",        "cef.device.vendor",         "cef.device.product",
      "cef.device.version", "cef.device.event_class_id", "cef.name",
      "cef.severity"};
  const std::size_t start = find_start(text, "CEF:");
  if (start == std::string_view::npos) return {false, {}};
  std::string_view rest = text.substr(start + 4);
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::string_view part;
    if (!header_part(rest, part)) return {true, short_header("CEF", i, names.size())};
    const std::string_view value = unescape_backslashes(trim_blanks(part), "|\\", false, fields.arena());
    if (!fields.add(names[i], value)) return {true, fields.full()};
  }
  if (!ExtensionReader(rest, fields).read()) return {true, fields.full()};
  return {};
}

TextRead read_leef(std::string_view text, TextFields& fields) {
  static constexpr std::array<std::string_view, 5> names = {
      "leef.version", "leef.device.vendor", "leef.device.product", "leef.device.version", "leef.event_id"};
  const std::size_t start = find_start(text, "LEEF:");
  if (start == std::string_view::npos) return {false, {}};
  std::string_view rest = text.substr(start + 5);
  bool second = false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::string_view part;
    if (!header_part(rest, part)) return {true, short_header("LEEF", i, names.size())};
    if (i == 0) second = part.starts_with('2');
    const std::string_view value = unescape_backslashes(trim_blanks(part), "|\\", false, fields.arena());
    if (!fields.add(names[i], value)) return {true, fields.full()};
  }
  char delimiter = '\t';
  std::string_view part;
  std::string_view after = rest;
  // Products leave the delimiter out of version 2.0, too.
  if (second && header_part(after, part) && (part.empty() || delimiter_of(part) != '\0')) {
    if (!part.empty()) delimiter = delimiter_of(part);
    rest = after;
  }
  if (!leef_pairs(rest, delimiter, fields)) return {true, fields.full()};
  return {};
}

}  // namespace countersign
