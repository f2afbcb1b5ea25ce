// SPDX-License-Identifier: Apache-2.0
// A Sigma text value as tokens: literal text and wildcards, escapes already resolved (specification 2.1,
// "Wildcards" and "Escaping"):
//
//   *   any run of characters, also none        ?   exactly one character
//   \*  \?   the character itself               \\  one backslash
//   a backslash before anything else, or at the end, is a backslash
//
// Modifiers work on the tokens, never on text, so that a literal backslash stays one. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace countersign {

struct SigmaToken {
  enum class Kind : std::uint8_t {
    Literal,
    AnyRun,   // *
    OneChar,  // ?
    Dash,     // one of - / – — ― (only `windash` makes it)
  };
  Kind kind = Kind::Literal;
  std::string text;  // Literal only; never empty
  bool operator==(const SigmaToken&) const = default;
};

class SigmaString {
 public:
  static SigmaString parse(std::string_view text);
  /// One literal, no wildcard whatever it holds.
  static SigmaString literal(std::string text);

  const std::vector<SigmaToken>& tokens() const { return tokens_; }
  bool has_wildcards() const;
  /// The literal text; REQUIRES: !has_wildcards().
  std::string literal_text() const;

  void append(SigmaToken token);
  void append_literal(std::string_view text);
  /// A leading or trailing `*`, unless there is one already.
  void open_start();
  void open_end();

  bool operator==(const SigmaString&) const = default;

 private:
  std::vector<SigmaToken> tokens_;  // no two literals and no two AnyRun beside each other
};

}  // namespace countersign
