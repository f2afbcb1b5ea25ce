// SPDX-License-Identifier: Apache-2.0
// A regular expression of a rule: searched anywhere in a value, with the case as written unless
// `ignore_case`. Dialect: RE2, linear time. At most the first kRegexValueBytesMax bytes of a value are seen.
// Immutable; any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "rules/text_span.h"

namespace countersign {

struct RegexFlags {
  bool ignore_case = false;  // i
  bool multiline = false;    // m: ^ and $ at lines
  bool dot_all = false;      // s: . matches a line end too
};

class Regex {
 public:
  /// Errors: Malformed, with what is wrong in the words of RE2.
  static Result<Regex> compile(const std::string& pattern, const RegexFlags& flags);
  bool found_in(std::string_view value) const;
  /// Where it is found first. Of `.{n,}` the first n characters. Empty: it is not found.
  std::optional<TextSpan> place_in(std::string_view value) const;
  /// The same expression with `ignore_case`; compiled when it is first asked for, and kept.
  Regex without_case() const;
  /// Two expressions with one key find the same.
  std::string key() const;
  /// Texts, case-folded, at least one of which stands in the folded form of every value in which the
  /// expression is found. Empty: none is known.
  std::vector<std::string> required_texts() const;

 private:
  struct Program;
  explicit Regex(std::shared_ptr<const Program> program) : program_(std::move(program)) {}
  std::shared_ptr<const Program> program_;
};

/// An expression that finds the characters of `text`.
std::string quote_regex(std::string_view text);

}  // namespace countersign
