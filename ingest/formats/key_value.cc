// SPDX-License-Identifier: Apache-2.0
#include "ingest/formats/key_value.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include <fmt/format.h>

namespace countersign {
namespace {

constexpr std::size_t kKeyBytesMax = 64;  // with a separator of its own, a longer one is text

enum CharClass : std::uint8_t { kOther, kBlank, kKey };

constexpr std::array<std::uint8_t, 256> kClasses = [] {
  std::array<std::uint8_t, 256> out{};
  for (const char c : {' ', '\t', '\r', '\n'}) out[static_cast<unsigned char>(c)] = kBlank;
  for (unsigned c = 'a'; c <= 'z'; ++c) out[c] = out[c - 'a' + 'A'] = kKey;
  for (unsigned c = '0'; c <= '9'; ++c) out[c] = kKey;
  for (const char c : {'_', '-', '.', ':', '/'}) out[static_cast<unsigned char>(c)] = kKey;
  return out;
}();

bool is_blank(char c) { return kClasses[static_cast<unsigned char>(c)] == kBlank; }
bool is_key(char c) { return kClasses[static_cast<unsigned char>(c)] == kKey; }

class KeyValueReader {
 public:
  KeyValueReader(std::string_view line, const KeyValueSyntax& syntax, TextFields& fields)
      : line_(line), syntax_(syntax), fields_(fields) {}

  std::optional<DecodeFailure> read_words() {
    const std::string_view joint = syntax_.between_key_and_value;
    while (skip_blanks()) {
      const std::size_t start = at_;
      while (at_ < line_.size() && is_key(line_[at_]) && line_[at_] != joint.front()) ++at_;
      if (at_ == start || !stands(joint, at_)) {
        skip_word();
        continue;
      }
      const std::string_view key = line_.substr(start, at_ - start);
      at_ += joint.size();
      if (at_ < line_.size() && line_[at_] == '"') {
        if (auto failure = quoted(key)) return failure;
        continue;
      }
      const std::size_t value = at_;
      if (at_ < line_.size() && line_[at_] == '\'') {
        // A name may begin with an apostrophe: without a second one it is none that quotes.
        const std::size_t close = line_.find('\'', at_ + 1);
        if (close != std::string_view::npos && (close + 1 == line_.size() || is_blank(line_[close + 1]))) {
          at_ = close + 1;
          if (!fields_.add(key, line_.substr(value + 1, close - value - 1))) return fields_.full();
          continue;
        }
      }
      skip_word();
      if (!fields_.add(key, line_.substr(value, at_ - value))) return fields_.full();
    }
    return std::nullopt;
  }

  std::optional<DecodeFailure> read_separated() {
    const std::string_view joint = syntax_.between_key_and_value;
    while (skip_blanks()) {
      const std::size_t end = key_end(at_);
      if (end == std::string_view::npos) {  // words without a value
        const std::size_t next = line_.find(syntax_.between_pairs, at_);
        at_ = next == std::string_view::npos ? line_.size() : next + syntax_.between_pairs.size();
        continue;
      }
      const std::string_view key = trim_blanks(line_.substr(at_, end - at_));
      at_ = end + joint.size();
      (void)skip_blanks();
      if (at_ < line_.size() && line_[at_] == '"') {
        if (auto failure = quoted(key)) return failure;
        const std::size_t next = line_.find(syntax_.between_pairs, at_);
        at_ = next == std::string_view::npos ? line_.size() : next + syntax_.between_pairs.size();
        continue;
      }
      const std::size_t value = at_;
      const std::size_t last = value_end(value);
      at_ = std::min(last + syntax_.between_pairs.size(), line_.size());
      if (!fields_.add(key, trim_blanks(line_.substr(value, last - value)))) return fields_.full();
    }
    return std::nullopt;
  }

 private:
  bool stands(std::string_view text, std::size_t at) const {
    return at < line_.size() && line_[at] == text.front() && line_.substr(at).starts_with(text);
  }

  bool skip_blanks() {
    while (at_ < line_.size() && is_blank(line_[at_])) ++at_;
    return at_ < line_.size();
  }

  void skip_word() {
    while (at_ < line_.size() && !is_blank(line_[at_])) ++at_;
  }

  /// Where the separator behind the key at `from` stands; npos: no pair begins there.
  std::size_t key_end(std::size_t from) const {
    const std::string_view near = line_.substr(from, kKeyBytesMax + syntax_.between_key_and_value.size());
    const std::size_t joint = near.find(syntax_.between_key_and_value);
    if (joint == std::string_view::npos || joint == 0) return std::string_view::npos;
    if (near.substr(0, joint).find(syntax_.between_pairs) != std::string_view::npos)
      return std::string_view::npos;
    return from + joint;
  }

  /// The next separator that a pair or nothing follows: values may hold it.
  std::size_t value_end(std::size_t from) const {
    std::size_t at = line_.find(syntax_.between_pairs, from);
    while (at != std::string_view::npos) {
      const std::size_t next = at + syntax_.between_pairs.size();
      if (trim_blanks(line_.substr(next)).empty() || key_end(next) != std::string_view::npos) return at;
      at = line_.find(syntax_.between_pairs, next);
    }
    return line_.size();
  }

  std::optional<DecodeFailure> quoted(std::string_view key) {
    const std::size_t start = ++at_;
    while (at_ < line_.size() && line_[at_] != '"') {
      if (line_[at_] == '\\' && at_ + 1 < line_.size() && (line_[at_ + 1] == '"' || line_[at_ + 1] == '\\')) ++at_;
      ++at_;
    }
    if (at_ >= line_.size()) {
      return DecodeFailure{"truncated",
                           fmt::format("the quote at byte {} of {} does not close", start - 1, line_.size())};
    }
    const std::string_view text = line_.substr(start, at_ - start);
    ++at_;
    if (!fields_.add(key, unescape_backslashes(text, "\"\\", false, fields_.arena()))) return fields_.full();
    return std::nullopt;
  }

  std::string_view line_;
  const KeyValueSyntax& syntax_;
  TextFields& fields_;
  std::size_t at_ = 0;
};

}  // namespace

TextRead read_key_values(std::string_view line, const KeyValueSyntax& syntax, TextFields& fields) {
  KeyValueReader reader(line, syntax, fields);
  return {true, syntax.between_pairs.empty() ? reader.read_words() : reader.read_separated()};
}

}  // namespace countersign
