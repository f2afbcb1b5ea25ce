// SPDX-License-Identifier: Apache-2.0
#include "rules/pattern.h"

#include <algorithm>

#include "core/case_fold.h"

namespace countersign {
namespace {

using Kind = SigmaToken::Kind;

bool is_dash(char32_t c) {
  return c == U'-' || c == U'/' || c == U'\u2013' || c == U'\u2014' || c == U'\u2015';
}

/// How many bytes of `rest` the token takes, or npos. Not for AnyRun.
std::size_t taken(const SigmaToken& token, std::string_view rest) {
  if (token.kind == Kind::Literal)
    return rest.starts_with(token.text) ? token.text.size() : std::string_view::npos;
  if (rest.empty()) return std::string_view::npos;
  char32_t c = 0;
  const std::size_t size = decode_utf8(rest, c);
  return token.kind == Kind::OneChar || is_dash(c) ? size : std::string_view::npos;
}

}  // namespace

Pattern::Pattern(const SigmaString& text, bool cased) : cased_(cased), tokens_(text.tokens()) {
  if (!cased)
    for (SigmaToken& token : tokens_) token.text = case_fold(token.text);
  const auto is = [&](std::initializer_list<Kind> kinds) {
    if (tokens_.size() != kinds.size()) return false;
    std::size_t i = 0;
    for (const Kind kind : kinds)
      if (tokens_[i++].kind != kind) return false;
    return true;
  };
  std::size_t literal_at = 0;
  if (is({})) {
    shape_ = Shape::Equal;
    return;
  }
  if (is({Kind::AnyRun})) {
    shape_ = Shape::Any;
    tokens_.clear();
    return;
  }
  if (is({Kind::Literal})) {
    shape_ = Shape::Equal;
  } else if (is({Kind::Literal, Kind::AnyRun})) {
    shape_ = Shape::Prefix;
  } else if (is({Kind::AnyRun, Kind::Literal})) {
    shape_ = Shape::Suffix;
    literal_at = 1;
  } else if (is({Kind::AnyRun, Kind::Literal, Kind::AnyRun})) {
    shape_ = Shape::Contains;
    literal_at = 1;
  } else {
    const auto longest = std::max_element(tokens_.begin(), tokens_.end(), [](const auto& a, const auto& b) {
      return a.text.size() < b.text.size();
    });
    literal_ = Substring(longest->text);
    return;
  }
  literal_ = Substring(std::move(tokens_[literal_at].text));
  tokens_.clear();
}

bool Pattern::matches(std::string_view value) const {
  switch (shape_) {
    case Shape::Equal: return value == literal();
    case Shape::Prefix: return value.starts_with(literal());
    case Shape::Suffix: return value.ends_with(literal());
    case Shape::Contains: return literal_.found_in(value);
    case Shape::Any: return true;
    case Shape::Tokens: return literal_.found_in(value) && place_of_tokens(value).has_value();
  }
  return false;
}

std::optional<TextSpan> Pattern::place_in(std::string_view value) const {
  if (!matches(value)) return std::nullopt;
  const std::size_t size = literal().size();
  switch (shape_) {
    case Shape::Equal:
    case Shape::Any: break;
    case Shape::Prefix: return TextSpan{0, size};
    case Shape::Suffix: return TextSpan{value.size() - size, value.size()};
    case Shape::Contains: return TextSpan{value.find(literal()), value.find(literal()) + size};
    case Shape::Tokens: return place_of_tokens(value);
  }
  return TextSpan{0, value.size()};
}

Pattern Pattern::without_case() const {
  Pattern out = *this;
  out.cased_ = false;
  out.literal_ = Substring(case_fold(literal()));
  for (SigmaToken& token : out.tokens_) token.text = case_fold(token.text);
  return out;
}

/// Glob matching that goes back to the last `*` only: what lies between two of them may always take its first
/// possible place, because the second can stretch over the rest.
std::optional<TextSpan> Pattern::place_of_tokens(std::string_view value) const {
  constexpr std::size_t kNone = std::string_view::npos;
  std::size_t token = 0;
  std::size_t at = 0;
  std::size_t begin = 0;            // where the first token that is no `*` was found
  std::size_t retry_token = kNone;  // the one after the last `*`
  std::size_t retry_at = 0;         // where it was tried last
  while (true) {
    if (token < tokens_.size() && tokens_[token].kind == Kind::AnyRun) {
      retry_token = ++token;
      retry_at = at;
      continue;
    }
    if (token == tokens_.size() && at == value.size()) return TextSpan{begin, at};
    const std::size_t size = token < tokens_.size() ? taken(tokens_[token], value.substr(at)) : kNone;
    if (size != kNone) {
      at += size;
      ++token;
      continue;
    }
    if (retry_token == kNone || retry_at >= value.size()) return std::nullopt;
    if (retry_token == tokens_.size()) return TextSpan{begin, retry_at};
    char32_t skipped = 0;
    retry_at += decode_utf8(value.substr(retry_at), skipped);
    if (tokens_[retry_token].kind == Kind::Literal) {
      // A literal starts a character, and so does what is found of it.
      retry_at = value.find(tokens_[retry_token].text, retry_at);
      if (retry_at == kNone) return std::nullopt;
    }
    at = retry_at;
    if (retry_token == 1) begin = at;
    token = retry_token;
  }
}

}  // namespace countersign
