// SPDX-License-Identifier: Apache-2.0
#include "ingest/key_value.h"

#include <algorithm>

#include <fmt/format.h>

namespace countersign {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool is_key(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.' || c == ':' || c == '/';
}

class KeyValueReader {
 public:
  KeyValueReader(std::string_view line, const DecodeLimits& limits, Event& event)
      : line_(line), limits_(limits), event_(event) {}

  std::optional<DecodeFailure> read() {
    priority();
    while (skip_blanks()) {
      const std::size_t start = at_;
      while (at_ < line_.size() && is_key(line_[at_])) ++at_;
      if (at_ > start && at_ < line_.size() && line_[at_] == '=') {
        const std::string_view key = line_.substr(start, at_ - start);
        ++at_;
        if (auto failure = pair(key)) return failure;
      } else {
        while (at_ < line_.size() && !is_blank(line_[at_])) ++at_;
      }
    }
    return std::nullopt;
  }

 private:
  /// RFC 5424 §6.2.1: `<0>` to `<191>` before anything else.
  void priority() {
    if (line_.empty() || line_.front() != '<') return;
    const std::size_t close = line_.find('>');
    if (close == std::string_view::npos || close < 2 || close > 4) return;
    const std::string_view digits = line_.substr(1, close - 1);
    if (!std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) return;
    add("syslog.priority", digits);
    at_ = close + 1;
  }

  bool skip_blanks() {
    while (at_ < line_.size() && is_blank(line_[at_])) ++at_;
    return at_ < line_.size();
  }

  std::optional<DecodeFailure> pair(std::string_view key) {
    if (event_.fields().size() >= limits_.fields_max) {
      return DecodeFailure{"too_many_fields",
                           fmt::format("more values in one event than the limit {}", limits_.fields_max)};
    }
    if (at_ < line_.size() && line_[at_] == '"') return quoted(key);
    const std::size_t start = at_;
    while (at_ < line_.size() && !is_blank(line_[at_])) ++at_;
    add(key, line_.substr(start, at_ - start));
    return std::nullopt;
  }

  std::optional<DecodeFailure> quoted(std::string_view key) {
    const std::size_t start = ++at_;
    bool escaped = false;
    while (at_ < line_.size() && line_[at_] != '"') {
      if (line_[at_] == '\\' && at_ + 1 < line_.size() && (line_[at_ + 1] == '"' || line_[at_ + 1] == '\\')) {
        escaped = true;
        ++at_;
      }
      ++at_;
    }
    if (at_ >= line_.size()) {
      return DecodeFailure{"truncated",
                           fmt::format("the quote at byte {} of {} does not close", start - 1, line_.size())};
    }
    const std::string_view text = line_.substr(start, at_ - start);
    ++at_;
    add(key, escaped ? unescape(text) : text);
    return std::nullopt;
  }

  std::string_view unescape(std::string_view text) {
    const std::span<char> place = event_.arena().allocate(text.size());
    std::size_t size = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\')) ++i;
      place[size++] = text[i];
    }
    return {place.data(), size};
  }

  void add(std::string_view key, std::string_view text) {
    Value value;
    value.type = ValueType::String;
    value.text = text;
    event_.add(key, value);
  }

  std::string_view line_;
  const DecodeLimits& limits_;
  Event& event_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<DecodeFailure> read_key_values(std::string_view line, const DecodeLimits& limits,
                                             Event& event) {
  event.clear();
  event.set_raw(line, RawForm::Other);
  return KeyValueReader(line, limits, event).read();
}

}  // namespace countersign
