// SPDX-License-Identifier: Apache-2.0
#include "rules/condition.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "core/limits.h"

namespace countersign {
namespace {

bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool equals_folded(std::string_view word, std::string_view lower) {
  return std::equal(word.begin(), word.end(), lower.begin(), lower.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
  });
}

struct Token {
  enum class Kind : std::uint8_t { End, Open, Close, Word, Other };
  Kind kind = Kind::End;
  std::string_view text;
  std::size_t offset = 0;
};

std::vector<Token> tokenise(std::string_view text) {
  std::vector<Token> tokens;
  std::size_t i = 0;
  while (i < text.size()) {
    const char c = text[i];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++i;
      continue;
    }
    std::size_t end = i + 1;
    Token::Kind kind = c == '(' ? Token::Kind::Open : c == ')' ? Token::Kind::Close : Token::Kind::Other;
    if (is_word_char(c) || c == '*') {
      kind = Token::Kind::Word;
      while (end < text.size() && (is_word_char(text[end]) || text[end] == '*')) ++end;
    } else if (kind == Token::Kind::Other) {
      while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
    }
    tokens.push_back({kind, text.substr(i, end - i), i});
    i = end;
  }
  tokens.push_back({Token::Kind::End, {}, text.size()});
  return tokens;
}

/// Leaves the recursive descent at the first error; never leaves this file.
struct ParseFailure {
  ConditionError error;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : tokens_(tokenise(text)) {}

  Condition parse() {
    Condition root = parse_or();
    if (peek().kind != Token::Kind::End) fail("expected `and`, `or` or the end");
    return root;
  }

 private:
  const Token& peek() const { return tokens_[at_]; }
  bool at_word(std::string_view keyword) const {
    return peek().kind == Token::Kind::Word && equals_folded(peek().text, keyword);
  }
  Token take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }

  [[noreturn]] void fail(std::string_view expected) const {
    const Token& token = peek();
    const std::string found = token.kind == Token::Kind::End ? "the end" : fmt::format("`{}`", token.text);
    throw ParseFailure{{"condition.syntax", token.offset, fmt::format("{}, found {}", expected, found), ""}};
  }

  Condition parse_or() { return parse_chain("or", Condition::Kind::Or, &Parser::parse_and); }
  Condition parse_and() { return parse_chain("and", Condition::Kind::And, &Parser::parse_not); }

  Condition parse_chain(std::string_view keyword, Condition::Kind kind, Condition (Parser::*operand)()) {
    Condition first = (this->*operand)();
    if (!at_word(keyword)) return first;
    Condition chain;
    chain.kind = kind;
    chain.offset = first.offset;
    chain.children.push_back(std::move(first));
    while (at_word(keyword)) {
      take();
      chain.children.push_back((this->*operand)());
    }
    return chain;
  }

  Condition parse_not() {
    bool negated = false;
    const std::size_t offset = peek().offset;
    while (at_word("not")) {
      take();
      negated = !negated;
    }
    Condition operand = parse_primary();
    if (!negated) return operand;
    Condition node;
    node.kind = Condition::Kind::Not;
    node.offset = offset;
    node.children.push_back(std::move(operand));
    return node;
  }

  Condition parse_primary() {
    if (peek().kind == Token::Kind::Open) return parse_group();
    if (peek().kind != Token::Kind::Word) fail("expected a selection, `not`, `1 of`, `all of` or `(`");
    const Token next = tokens_[at_ + 1];
    if (next.kind == Token::Kind::Word && equals_folded(next.text, "of")) return parse_quantifier();
    if (is_condition_keyword(peek().text)) fail("expected a selection, `not`, `1 of`, `all of` or `(`");
    if (peek().text.find('*') != std::string_view::npos)
      throw ParseFailure{{"condition.syntax", peek().offset,
                          fmt::format("the pattern `{}` stands without a quantifier", peek().text),
                          "write `1 of` or `all of` before it"}};
    const Token name = take();
    return {Condition::Kind::Name, {}, std::string(name.text), name.offset};
  }

  Condition parse_group() {
    if (++depth_ > kNestingMax)
      throw ParseFailure{{"condition.too_deep", peek().offset,
                          fmt::format("parentheses nested deeper than {} levels", kNestingMax), ""}};
    take();
    Condition inner = parse_or();
    if (peek().kind != Token::Kind::Close) fail("expected `and`, `or` or `)`");
    take();
    --depth_;
    return inner;
  }

  Condition parse_quantifier() {
    const Token quantifier = take();
    take();
    Condition node;
    node.offset = quantifier.offset;
    if (quantifier.text == "1" || equals_folded(quantifier.text, "any")) {
      node.kind = Condition::Kind::OneOf;
    } else if (equals_folded(quantifier.text, "all")) {
      node.kind = Condition::Kind::AllOf;
    } else {
      throw ParseFailure{{"condition.quantifier", quantifier.offset,
                          fmt::format("`{} of` is no quantifier of Sigma", quantifier.text),
                          "use `1 of`, `any of` or `all of`"}};
    }
    if (peek().kind != Token::Kind::Word || (is_condition_keyword(peek().text) && !at_word("them")))
      fail("expected `them` or a selection pattern after `of`");
    node.name = at_word("them") ? "them" : std::string(peek().text);
    take();
    return node;
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
};

/// What replaces a legacy aggregation after `|`.
std::string pipe_hint(std::string_view aggregation) {
  struct Row {
    std::string_view word;
    std::string_view type;
  };
  constexpr std::array<Row, 7> kRows{{{"count()", "event_count"},
                                      {"count(", "value_count"},
                                      {"sum(", "value_sum"},
                                      {"avg(", "value_avg"},
                                      {"near", "temporal"},
                                      {"min(", "value_percentile"},
                                      {"max(", "value_percentile"}}};
  std::string compact;
  for (const char c : aggregation)
    if (c != ' ' && c != '\t' && c != '\n') compact.push_back(c);
  for (const Row& row : kRows)
    if (compact.starts_with(row.word))
      return fmt::format("write a correlation document of type {} that refers to this rule", row.type);
  return "write a correlation document that refers to this rule";
}

bool fits(std::string_view pattern, std::string_view name) {
  while (!pattern.empty() && pattern.front() != '*') {
    if (name.empty() || name.front() != pattern.front()) return false;
    pattern.remove_prefix(1);
    name.remove_prefix(1);
  }
  if (pattern.empty()) return name.empty();
  // Stars at the end are the common case; the pieces between stars may each take their first place.
  while (true) {
    const std::size_t piece_start = pattern.find_first_not_of('*');
    if (piece_start == std::string_view::npos) return true;
    pattern.remove_prefix(piece_start);
    const std::string_view piece = pattern.substr(0, pattern.find('*'));
    pattern.remove_prefix(piece.size());
    if (pattern.empty()) return name.ends_with(piece);
    const std::size_t found = name.find(piece);
    if (found == std::string_view::npos) return false;
    name.remove_prefix(found + piece.size());
  }
}

}  // namespace

ParsedCondition parse_condition(std::string_view text) {
  ParsedCondition out;
  if (text.size() > kConditionBytesMax) {
    out.errors.push_back(
        {"condition.too_large", 0,
         fmt::format("the condition has {} bytes, more than {}", text.size(), kConditionBytesMax),
         "join selections with `1 of` and `all of`"});
    return out;
  }
  const std::size_t pipe = text.find('|');
  if (pipe != std::string_view::npos)
    out.errors.push_back({"condition.pipe", pipe, "aggregations after `|` are no longer part of Sigma",
                          pipe_hint(text.substr(pipe + 1))});
  try {
    out.root = Parser(text.substr(0, pipe)).parse();
  } catch (const ParseFailure& failure) {
    out.errors.push_back(failure.error);
  }
  return out;
}

bool is_condition_keyword(std::string_view word) {
  return equals_folded(word, "and") || equals_folded(word, "or") || equals_folded(word, "not") ||
         equals_folded(word, "of") || equals_folded(word, "them");
}

bool is_identifier(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), is_word_char);
}

bool fits_pattern(std::string_view pattern, std::string_view name) {
  const bool them = pattern == "them";
  if (name.starts_with('_') && (them || !pattern.starts_with('_'))) return false;
  return them || fits(pattern, name);
}

}  // namespace countersign
