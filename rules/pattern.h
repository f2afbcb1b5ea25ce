// SPDX-License-Identifier: Apache-2.0
// Matches a Sigma text against a value: the whole value, without case unless `cased`. Literal parts are
// folded once, here; whoever matches folds the value. Immutable; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/sigma_string.h"
#include "rules/substring.h"
#include "rules/text_span.h"

namespace countersign {

class Pattern {
 public:
  enum class Shape : std::uint8_t { Equal, Prefix, Suffix, Contains, Any, Tokens };

  Pattern(const SigmaString& text, bool cased);

  /// `value` is the folded text of the value, or the text itself when cased().
  bool matches(std::string_view value) const;
  /// Where it was found, when it matches: the first place, without what a `*` at the start or end takes. A
  /// pattern that is but one `*` takes the whole value.
  std::optional<TextSpan> place_in(std::string_view value) const;
  /// The same pattern, not cased().
  Pattern without_case() const;
  /// Contains and Tokens: false when it cannot match the value that `pairs` was made of. True says nothing.
  bool may_match(const BigramSet& pairs) const { return literal_.may_be_in(pairs); }
  bool cased() const { return cased_; }
  Shape shape() const { return shape_; }
  /// The literal of the shape; of Tokens the longest literal part, which may be empty. Empty for Any.
  const std::string& literal() const { return literal_.text(); }
  /// The parts of Shape::Tokens; empty for every other shape.
  const std::vector<SigmaToken>& tokens() const { return tokens_; }

 private:
  std::optional<TextSpan> place_of_tokens(std::string_view value) const;

  Shape shape_ = Shape::Tokens;
  bool cased_ = false;
  Substring literal_;
  std::vector<SigmaToken> tokens_;  // Shape::Tokens only
};

}  // namespace countersign
