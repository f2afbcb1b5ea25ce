// SPDX-License-Identifier: Apache-2.0
#include "rules/sigma_string.h"

#include <algorithm>

namespace countersign {

SigmaString SigmaString::parse(std::string_view text) {
  SigmaString out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '*') {
      out.append({SigmaToken::Kind::AnyRun, {}});
    } else if (c == '?') {
      out.append({SigmaToken::Kind::OneChar, {}});
    } else if (c == '\\' && i + 1 < text.size() &&
               (text[i + 1] == '*' || text[i + 1] == '?' || text[i + 1] == '\\')) {
      out.append_literal(text.substr(++i, 1));
    } else {
      out.append_literal(text.substr(i, 1));
    }
  }
  return out;
}

SigmaString SigmaString::literal(std::string text) {
  SigmaString out;
  out.append_literal(text);
  return out;
}

bool SigmaString::has_wildcards() const {
  return std::any_of(tokens_.begin(), tokens_.end(),
                     [](const SigmaToken& token) { return token.kind != SigmaToken::Kind::Literal; });
}

std::string SigmaString::literal_text() const {
  return tokens_.empty() ? std::string{} : tokens_.front().text;
}

void SigmaString::append(SigmaToken token) {
  if (token.kind == SigmaToken::Kind::Literal) {
    append_literal(token.text);
  } else if (token.kind != SigmaToken::Kind::AnyRun || tokens_.empty() ||
             tokens_.back().kind != SigmaToken::Kind::AnyRun) {
    tokens_.push_back(std::move(token));
  }
}

void SigmaString::append_literal(std::string_view text) {
  if (text.empty()) return;
  if (tokens_.empty() || tokens_.back().kind != SigmaToken::Kind::Literal)
    tokens_.push_back({SigmaToken::Kind::Literal, {}});
  tokens_.back().text += text;
}

void SigmaString::open_start() {
  if (tokens_.empty() || tokens_.front().kind != SigmaToken::Kind::AnyRun)
    tokens_.insert(tokens_.begin(), SigmaToken{SigmaToken::Kind::AnyRun, {}});
}

void SigmaString::open_end() { append({SigmaToken::Kind::AnyRun, {}}); }

}  // namespace countersign
