// SPDX-License-Identifier: Apache-2.0
#include "ingest/formats/cef.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <utility>

#include <fmt/format.h>

namespace countersign {
namespace {

constexpr std::size_t kLabelsMax = 64;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Keys of extensions: the specification allows letters and digits; products also write `_ . - [ ]`.
constexpr std::array<bool, 256> kKeyBytes = [] {
  std::array<bool, 256> out{};
  for (unsigned c = 'a'; c <= 'z'; ++c) out[c] = out[c - 'a' + 'A'] = true;
  for (unsigned c = '0'; c <= '9'; ++c) out[c] = true;
  for (const char c : {'_', '.', '-', '[', ']'}) out[static_cast<unsigned char>(c)] = true;
  return out;
}();

bool is_key(char c) { return kKeyBytes[static_cast<unsigned char>(c)]; }

std::string_view between(const char* at, const char* end) { return {at, static_cast<std::size_t>(end - at)}; }

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

/// The header's next part as it stands, to the next bar that no backslash stands before. False: there is no
/// bar.
bool header_part(std::string_view& rest, std::string_view& part, bool& escaped) {
  const char* const end = rest.data() + rest.size();
  const char* at = find_byte(rest.data(), end, '|', '\\');
  escaped = at != end && *at == '\\';
  while (at != end && *at == '\\') at = find_byte(at + (end - at > 1 ? 2 : 1), end, '|', '\\');
  if (at == end) return false;
  part = between(rest.data(), at);
  rest = between(at + 1, end);
  return true;
}

/// The parts of the header that are called `names`.
std::optional<DecodeFailure> read_header(std::string_view format, std::span<const FieldKey> names,
                                         std::string_view& rest, TextFields& fields) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    std::string_view part;
    bool escaped = false;
    if (!header_part(rest, part, escaped)) {
      return DecodeFailure{"truncated",
                           fmt::format("the {} header ends after {} of {} parts", format, i, names.size())};
    }
    part = trim_blanks(part);
    if (escaped) part = unescape_backslashes(part, "|\\", false, fields.arena());
    if (!fields.add(names[i], part)) return fields.full();
  }
  return std::nullopt;
}

class ExtensionReader {
 public:
  ExtensionReader(std::string_view text, TextFields& fields)
      : at_(text.data()), end_(at_ + text.size()), escape_(at_), fields_(fields) {}

  bool read() {
    while (at_ < end_ && *at_ == ' ') ++at_;
    const char* equals = at_;
    while (equals < end_ && is_key(*equals)) ++equals;
    if (equals == at_ || equals == end_ || *equals != '=') return true;
    while (at_ != end_) {
      const std::string_view key = between(at_, equals);
      const char* const value = equals + 1;
      next(value, equals);
      if (!add(key, trim_blanks(between(value, at_)))) return false;
    }
    return labels();
  }

 private:
  /// Moves `at_` behind the value, to the next key, and `equals` behind that; or both to the end.
  void next(const char* value, const char*& equals) {
    for (equals = value; (equals = find_byte(equals, end_, '=')) != end_; ++equals) {
      at_ = equals;
      while (at_ > value && is_key(at_[-1])) --at_;
      if (at_ > value && at_ < equals && at_[-1] == ' ') return;
    }
    at_ = end_;
  }

  bool add(std::string_view key, std::string_view raw) {
    const bool is_label = key.size() > 5 && key.ends_with("Label");
    const auto place = static_cast<std::uint32_t>(fields_.all().size());
    if (!fields_.add(key, is_escaped(raw) ? unescape_backslashes(raw, "=\\|", true, fields_.arena()) : raw))
      return false;
    if (is_label && label_count_ < labels_.size())
      labels_[label_count_++] = place;
    else if (value_count_ < values_.size() && can_be_labelled(key))
      values_[value_count_++] = place;
    return true;
  }

  bool is_escaped(std::string_view raw) {
    if (escape_ < raw.data()) escape_ = raw.data();
    if (escape_ != end_ && *escape_ != '\\') escape_ = find_byte(escape_, end_, '\\');
    return escape_ < raw.data() + raw.size();
  }

  /// `cs1`, `cn2`, `flexString1`, `deviceCustomDate1`, `c6a2`, `cfp1` …: all end in a digit.
  static bool can_be_labelled(std::string_view key) { return is_digit(key.back()); }

  bool labels() {
    for (std::size_t i = 0; i < label_count_; ++i) {
      const Field label = fields_.all()[labels_[i]];
      if (label.value.text.empty()) continue;
      const std::string_view labelled = label.name.substr(0, label.name.size() - 5);
      for (std::size_t j = 0; j < value_count_; ++j) {
        const Field field = fields_.all()[values_[j]];
        if (field.name == labelled && !fields_.add(label.value.text, field.value.text, true)) return false;
      }
    }
    return true;
  }

  const char* at_;
  const char* end_;
  const char* escape_;  // the next backslash, when it is one; before it is none
  TextFields& fields_;
  std::array<std::uint32_t, kLabelsMax> labels_{};  // places of the fields
  std::array<std::uint32_t, kLabelsMax> values_{};
  std::size_t label_count_ = 0;
  std::size_t value_count_ = 0;
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
  static const std::array<FieldKey, 7> names = {
      FieldKey("cef.version"),        FieldKey("cef.device.vendor"),         FieldKey("cef.device.product"),
      FieldKey("cef.device.version"), FieldKey("cef.device.event_class_id"), FieldKey("cef.name"),
      FieldKey("cef.severity")};
  const std::size_t start = find_start(text, "CEF:");
  if (start == std::string_view::npos) return {false, {}};
  std::string_view rest = text.substr(start + 4);
  if (auto failure = read_header("CEF", names, rest, fields)) return {true, std::move(failure)};
  if (!ExtensionReader(rest, fields).read()) return {true, fields.full()};
  return {};
}

TextRead read_leef(std::string_view text, TextFields& fields) {
  static const std::array<FieldKey, 5> names = {FieldKey("leef.version"), FieldKey("leef.device.vendor"),
                                                FieldKey("leef.device.product"),
                                                FieldKey("leef.device.version"), FieldKey("leef.event_id")};
  const std::size_t start = find_start(text, "LEEF:");
  if (start == std::string_view::npos) return {false, {}};
  std::string_view rest = text.substr(start + 5);
  const bool second = rest.starts_with('2');
  if (auto failure = read_header("LEEF", names, rest, fields)) return {true, std::move(failure)};
  char delimiter = '\t';
  std::string_view part;
  bool escaped = false;
  std::string_view after = rest;
  // Products leave the delimiter out of version 2.0, too.
  if (second && header_part(after, part, escaped) && (part.empty() || delimiter_of(part) != '\0')) {
    if (!part.empty()) delimiter = delimiter_of(part);
    rest = after;
  }
  if (!leef_pairs(rest, delimiter, fields)) return {true, fields.full()};
  return {};
}

}  // namespace countersign
