// SPDX-License-Identifier: Apache-2.0
#include "review-api/filter.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace countersign {
namespace {

using Field = FilterTerm::Field;

struct Key {
  std::string_view name;
  Field field;
  bool ordered;  // < and > mean something
};

constexpr std::array kKeys{
    Key{"severity", Field::Severity, true}, Key{"status", Field::Status, false},
    Key{"state", Field::Status, false},     Key{"is", Field::Open, false},
    Key{"owner", Field::Owner, false},      Key{"verdict", Field::Verdict, false},
    Key{"queue", Field::Queue, false},      Key{"source", Field::Source, false},
    Key{"rule", Field::Rule, false},        Key{"kind", Field::Kind, false},
    Key{"created", Field::Opened, true},    Key{"due", Field::Due, true},
    Key{"title", Field::Title, false},
};
constexpr std::string_view kKeyNames =
    "severity, status, is, owner, verdict, queue, source, rule, kind, created, due, title, or an entity such "
    "as "
    "host.name";

constexpr std::array<std::string_view, 6> kKinds{"rule", "correlation", "vendor", "manual", "import", "self"};

bool is_key_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == '@';
}

class Parser {
 public:
  Parser(std::string_view text, const FilterContext& context) : text_(text), context_(context) {}

  Result<std::vector<FilterTerm>> run() {
    if (text_.size() > kFilterBytesMax) {
      wrong(0, "too_long",
            std::to_string(text_.size()) + " bytes given, at most " + std::to_string(kFilterBytesMax));
      return finish();
    }
    while (skip_spaces()) {
      if (terms_.size() == kFilterTermsMax) {
        wrong(at_, "too_many", "more than " + std::to_string(kFilterTermsMax) + " terms");
        break;
      }
      if (!read_term()) break;
    }
    return finish();
  }

 private:
  bool skip_spaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    return at_ < text_.size();
  }

  Result<std::vector<FilterTerm>> finish() {
    if (errors_.empty()) return std::move(terms_);
    std::string summary = errors_.front().message;
    return failure(Error{ErrorKind::InvalidArgument, std::move(summary), std::move(errors_)});
  }

  void wrong(std::size_t at, std::string_view code, const std::string& message) {
    errors_.push_back({"filter", std::string(code), "At " + std::to_string(at + 1) + ": " + message + "."});
  }

  /// False when the rest cannot be read (an open quote).
  bool read_term() {
    FilterTerm term;
    const std::size_t start = at_;
    if (text_[at_] == '-' && at_ + 1 < text_.size() && text_[at_ + 1] != ' ') {
      term.negated = true;
      ++at_;
    }
    const std::size_t key_start = at_;
    while (at_ < text_.size() && is_key_character(text_[at_])) ++at_;
    const std::string_view key = text_.substr(key_start, at_ - key_start);
    if (key.empty() || !read_operator(term)) {
      at_ = key_start;
      const auto value = read_value();
      if (!value) return false;
      term.field = Field::Title;
      term.text = *value;
      if (!term.text.empty()) terms_.push_back(std::move(term));
      return true;
    }
    const std::size_t value_start = at_;
    const auto value = read_value();
    if (!value) return false;
    if (value->empty())
      wrong(value_start, "no_value", "`" + std::string(key) + "` has no value");
    else if (interpret(key, start, *value, value_start, term))
      terms_.push_back(std::move(term));
    return true;
  }

  bool read_operator(FilterTerm& term) {
    const std::string_view rest = text_.substr(at_);
    struct Operator {
      std::string_view text;
      Compare compare;
    };
    static constexpr std::array operators{
        Operator{">=", Compare::GreaterOrEqual}, Operator{"<=", Compare::LessOrEqual},
        Operator{">", Compare::Greater},         Operator{"<", Compare::Less},
        Operator{":", Compare::Equal},           Operator{"=", Compare::Equal},
    };
    for (const Operator& candidate : operators) {
      if (!rest.starts_with(candidate.text)) continue;
      term.compare = candidate.compare;
      at_ += candidate.text.size();
      return true;
    }
    return false;
  }

  std::optional<std::string> read_value() {
    std::string out;
    if (at_ >= text_.size() || text_[at_] != '"') {
      while (at_ < text_.size() && text_[at_] != ' ') out.push_back(text_[at_++]);
      return out;
    }
    const std::size_t quote = at_++;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      out.push_back(text_[at_++]);
    }
    if (at_ >= text_.size()) {
      wrong(quote, "open_quote", "the quote has no end");
      return std::nullopt;
    }
    ++at_;
    if (at_ < text_.size() && text_[at_] != ' ') {
      wrong(at_, "no_space", "a space must follow the quote");
      return std::nullopt;
    }
    return out;
  }

  bool interpret(std::string_view key, std::size_t start, const std::string& value, std::size_t value_start,
                 FilterTerm& term) {
    const auto* known =
        std::find_if(kKeys.begin(), kKeys.end(), [&](const Key& entry) { return entry.name == key; });
    const bool entity = known == kKeys.end() && key.find('.') != std::string_view::npos;
    if (known == kKeys.end() && !entity) {
      wrong(start, "unknown_key", "`" + std::string(key) + "` is none of " + std::string(kKeyNames));
      return false;
    }
    if (term.compare != Compare::Equal && (entity || !known->ordered)) {
      wrong(start, "no_order",
            "`" + std::string(key) + "` has no order: write " + std::string(key) + ":value");
      return false;
    }
    if (entity) {
      term.field = Field::Entity;
      term.entity = std::string(key);
      term.text = value;
      return true;
    }
    term.field = known->field;
    return read_meaning(key, value, value_start, term);
  }

  bool read_meaning(std::string_view key, const std::string& value, std::size_t at, FilterTerm& term) {
    const auto none_of = [&](std::string_view expected) {
      wrong(at, "unknown_value",
            "`" + value + "` is no value of " + std::string(key) + " (" + std::string(expected) + ")");
      return false;
    };
    term.text = value;
    switch (term.field) {
      case Field::Severity: {
        const auto level = parse_level(value);
        if (!level) return none_of("informational, low, medium, high, critical");
        term.level = *level;
        return true;
      }
      case Field::Status:
        if (value == "open") return term.field = Field::Open, true;
        if (!parse_status(value))
          return none_of("open, new, in_progress, on_hold, awaiting_countersign, closed, expired_unreviewed");
        return true;
      case Field::Verdict:
        if (!parse_verdict(value))
          return none_of(
              "true_positive, benign, false_positive, duplicate, test, insufficient_data, "
              "managed_externally, disregard");
        return true;
      case Field::Kind:
        if (std::find(kKinds.begin(), kKinds.end(), value) == kKinds.end())
          return none_of("rule, correlation, vendor, manual, import, self");
        return true;
      case Field::Open: return read_is(value, term) || none_of("open, unreviewed, overdue, unowned");
      case Field::Owner: return read_owner(value, at, term);
      case Field::Opened:
      case Field::Due: return read_time(key, value, at, term);
      case Field::Unowned:
      case Field::Unreviewed:
      case Field::Overdue:
      case Field::Queue:
      case Field::Source:
      case Field::Rule:
      case Field::Entity:
      case Field::Title: return true;
    }
    return true;
  }

  bool read_is(std::string_view value, FilterTerm& term) {
    if (value == "open")
      term.field = Field::Open;
    else if (value == "unreviewed")
      term.field = Field::Unreviewed;
    else if (value == "unowned")
      term.field = Field::Unowned;
    else if (value == "overdue") {
      term.field = Field::Overdue;
      term.time = context_.now;
    } else
      return false;
    return true;
  }

  bool read_owner(const std::string& value, std::size_t at, FilterTerm& term) {
    if (value == "none") {
      term.field = Field::Unowned;
      return true;
    }
    if (value == "me") {
      if (!context_.me) {
        wrong(at, "no_person", "`owner:me` needs a person, and a token is none");
        return false;
      }
      term.text = context_.me->value;
      return true;
    }
    if (value.starts_with("p-")) return true;
    const auto person = context_.person_by_login(value);
    if (!person) {
      wrong(at, "unknown_person",
            "nobody has the login `" + value + "` (or write me, none, or a person's id)");
      return false;
    }
    term.text = person->value;
    return true;
  }

  bool read_time(std::string_view key, const std::string& value, std::size_t at, FilterTerm& term) {
    if (term.compare == Compare::Equal) {
      wrong(at, "needs_order", "a time is compared: write " + std::string(key) + ">-24h");
      return false;
    }
    const auto time = parse_filter_time(value, context_.now);
    if (!time) {
      wrong(at, "bad_time",
            "`" + value + "` is no time: write -24h, +2d, now, 2026-01-31 or 2026-01-31T08:00:00Z");
      return false;
    }
    term.time = *time;
    return true;
  }

  const std::string_view text_;
  const FilterContext& context_;
  std::size_t at_ = 0;
  std::vector<FilterTerm> terms_;
  std::vector<FieldError> errors_;
};

}  // namespace

std::optional<Timestamp> parse_filter_time(std::string_view text, Timestamp now) {
  if (text == "now") return now;
  if (text.size() >= 3 && (text.front() == '-' || text.front() == '+')) {
    std::int64_t amount = 0;
    const char* const end = text.data() + text.size() - 1;
    const auto [stop, error] = std::from_chars(text.data() + 1, end, amount);
    if (error != std::errc{} || stop != end || amount < 0 || amount > 1'000'000) return std::nullopt;
    std::chrono::seconds unit{0};
    switch (text.back()) {
      case 's': unit = std::chrono::seconds{1}; break;
      case 'm': unit = std::chrono::minutes{1}; break;
      case 'h': unit = std::chrono::hours{1}; break;
      case 'd': unit = std::chrono::hours{24}; break;
      case 'w': unit = std::chrono::hours{24 * 7}; break;
      default: return std::nullopt;
    }
    const std::chrono::seconds span = unit * amount;
    if (span > std::chrono::hours{24 * 365 * 100}) return std::nullopt;
    return text.front() == '-' ? now - span : now + span;
  }
  if (text.size() == 10) return parse_rfc3339(std::string(text) + "T00:00:00Z");
  return parse_rfc3339(text);
}

Result<std::vector<FilterTerm>> parse_filter(std::string_view text, const FilterContext& context) {
  return Parser(text, context).run();
}

}  // namespace countersign
