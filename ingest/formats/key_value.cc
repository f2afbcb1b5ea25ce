// SPDX-License-Identifier: Apache-2.0
#include "ingest/formats/key_value.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include <fmt/format.h>

namespace countersign {
namespace {

constexpr std::size_t kKeyBytesMax = 64;  // with a separator of its own, a longer one is text

constexpr std::array<bool, 256> kKeyBytes = [] {
  std::array<bool, 256> out{};
  for (unsigned c = 'a'; c <= 'z'; ++c) out[c] = out[c - 'a' + 'A'] = true;
  for (unsigned c = '0'; c <= '9'; ++c) out[c] = true;
  for (const char c : {'_', '-', '.', ':', '/'}) out[static_cast<unsigned char>(c)] = true;
  return out;
}();

bool is_key(char c) { return kKeyBytes[static_cast<unsigned char>(c)]; }

class KeyValueReader {
 public:
  KeyValueReader(std::string_view line, const KeyValueSyntax& syntax, TextFields& fields)
      : line_(line), syntax_(syntax), fields_(fields) {}

  std::optional<DecodeFailure> read_words() {
    if (fields_.names() != nullptr) fields_.names()->begin();
    const char* const begin = line_.data();
    const char* const end = begin + line_.size();
    const char* at = begin;
    Key key;
    while (true) {
      while (at < end && is_blank_byte(*at)) ++at;
      if (at == end) return std::nullopt;
      if (!key_at(at, end, key)) {
        at = find_blank(at, end);
        continue;
      }
      const char* const value = at;
      if (value < end && (*value == '"' || *value == '\'')) {
        const char* const close = find_byte(value + 1, end, '"', '\\');
        if (*value == '"' && close != end && *close == '"') {  // nothing is escaped
          if (!fields_.add(key.name, key.hash, between(value + 1, close))) return fields_.full();
          at = close + 1;
          continue;
        }
        at_ = static_cast<std::size_t>(value - begin);
        if (*value == '"' || closes_with_blank(at_)) {
          if (auto failure = quoted(key, *value)) return failure;
          at = begin + at_;
          continue;
        }
      }
      at = find_blank(value, end);
      if (!fields_.add(key.name, key.hash, between(value, at))) return fields_.full();
    }
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
      const std::string_view name = trim_blanks(line_.substr(at_, end - at_));
      const Key key{name, FieldKey::hash_of(name)};
      at_ = end + joint.size();
      (void)skip_blanks();
      if (at_ < line_.size() && line_[at_] == '"') {
        if (auto failure = quoted(key, '"')) return failure;
        const std::size_t next = line_.find(syntax_.between_pairs, at_);
        at_ = next == std::string_view::npos ? line_.size() : next + syntax_.between_pairs.size();
        continue;
      }
      const std::size_t value = at_;
      const std::size_t last = value_end(value);
      at_ = std::min(last + syntax_.between_pairs.size(), line_.size());
      if (!fields_.add(key.name, key.hash, trim_blanks(line_.substr(value, last - value))))
        return fields_.full();
    }
    return std::nullopt;
  }

 private:
  struct Key {
    std::string_view name;
    std::uint64_t hash = 0;
  };

  static std::string_view between(const char* at, const char* end) {
    return {at, static_cast<std::size_t>(end - at)};
  }

  /// Reads a key at `at`, and leaves that behind the separator. False: no pair begins there.
  bool key_at(const char*& at, const char* end, Key& key) {
    const std::string_view joint = syntax_.between_key_and_value;
    PairNames* const names = fields_.names();
    if (const PairNames::Name* const name = names == nullptr ? nullptr : expected(*names, at, end)) {
      key = {{at, name->size - joint.size()}, name->hash};
      at += name->size;
      return true;
    }
    const char* stop = at;
    while (stop < end && is_key(*stop) && *stop != joint.front()) ++stop;
    if (stop == at || !between(stop, end).starts_with(joint)) return false;
    const std::string_view name = between(at, stop);
    key = {name, FieldKey::hash_of(name)};
    if (names != nullptr) names->note({at, name.size() + joint.size()}, key.hash);
    at = stop + joint.size();
    return true;
  }

  static const PairNames::Name* expected(PairNames& names, const char* at, const char* end) {
    const auto size = static_cast<std::size_t>(end - at);
    if (size >= PairNames::kBytesMax) return names.expect(at, size);
    std::array<char, PairNames::kBytesMax> last{};
    std::memcpy(last.data(), at, size);
    return names.expect(last.data(), size);
  }

  bool skip_blanks() {
    while (at_ < line_.size() && is_blank_byte(line_[at_])) ++at_;
    return at_ < line_.size();
  }

  /// A text may begin with an apostrophe: only one that a second one with a blank behind it ends is in
  /// quotes.
  bool closes_with_blank(std::size_t quote) const {
    const std::size_t close = line_.find('\'', quote + 1);
    return close != std::string_view::npos && (close + 1 == line_.size() || is_blank_byte(line_[close + 1]));
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

  /// At the opening quote; leaves at_ behind the closing one.
  std::optional<DecodeFailure> quoted(const Key& key, char quote) {
    const std::size_t start = ++at_;
    std::size_t close = line_.find(quote, start);
    // `\"` does not close, but `\\"` does.
    while (close != std::string_view::npos && quote == '"' && is_escaped(start, close))
      close = line_.find(quote, close + 1);
    if (close == std::string_view::npos) {
      return DecodeFailure{"truncated",
                           fmt::format("the quote at byte {} of {} does not close", start - 1, line_.size())};
    }
    at_ = close + 1;
    std::string_view text = line_.substr(start, close - start);
    if (quote == '"') text = unescape_backslashes(text, "\"\\", false, fields_.arena());
    if (!fields_.add(key.name, key.hash, text)) return fields_.full();
    return std::nullopt;
  }

  /// Whether an odd number of backslashes stands before `at`.
  bool is_escaped(std::size_t start, std::size_t at) const {
    std::size_t backslashes = 0;
    while (at - backslashes > start && line_[at - backslashes - 1] == '\\') ++backslashes;
    return backslashes % 2 == 1;
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
