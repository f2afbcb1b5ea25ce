// SPDX-License-Identifier: Apache-2.0
// The condition of a detection (specification 2.1, "Condition"), weakest first:
//
//   or        = and { "or" and }
//   and       = not { "and" not }
//   not       = { "not" } primary
//   primary   = "(" or ")" | quantifier "of" ( "them" | pattern ) | identifier
//   quantifier = "1" | "any" | "all"
//
// Keywords are words, whatever their case; identifiers are letters, digits, `_` and `-`; patterns may hold
// `*`. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace countersign {

struct Condition {
  enum class Kind : std::uint8_t { And, Or, Not, Name, OneOf, AllOf };
  Kind kind = Kind::Name;
  std::vector<Condition> children;  // And, Or: two or more; Not: one
  std::string name;                 // Name: an identifier; OneOf, AllOf: a pattern or `them`
  std::size_t offset = 0;           // bytes into the condition's text
};

struct ConditionError {
  std::string_view code;
  std::size_t offset = 0;
  std::string message;
  std::string hint;
};

struct ParsedCondition {
  std::optional<Condition> root;  // empty: `errors` say why
  std::vector<ConditionError> errors;
};

inline constexpr std::size_t kConditionBytesMax = 16 * 1024;

ParsedCondition parse_condition(std::string_view text);

/// True for `and`, `or`, `not`, `of`, `them` in any case: no identifier can be called so.
bool is_condition_keyword(std::string_view word);
/// True when `name` is one or more letters, digits, `_` and `-`.
bool is_identifier(std::string_view name);
/// True when `pattern` (with `*` for any run) fits the whole of `name`; `them` fits all. Names that start
/// with `_` are fitted only by patterns that do so themselves.
bool fits_pattern(std::string_view pattern, std::string_view name);

}  // namespace countersign
