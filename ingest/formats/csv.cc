// SPDX-License-Identifier: Apache-2.0
#include "ingest/formats/csv.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace countersign {
namespace {

constexpr std::string_view kRest = "...";

class CsvReader {
 public:
  CsvReader(std::string_view text, const CsvSyntax& syntax, TextFields& fields)
      : text_(text), syntax_(syntax), fields_(fields) {}

  std::optional<DecodeFailure> read() {
    for (std::size_t column = 0; at_ <= text_.size(); ++column) {
      const std::string_view name =
          column < syntax_.columns.size() ? syntax_.columns[column] : std::string_view{};
      if (name.ends_with(kRest)) return rest(name);
      std::string_view cell;
      if (at_ < text_.size() && text_[at_] == '"') {
        if (!quoted(cell)) {
          return DecodeFailure{
              "truncated", fmt::format("the quote of column {} at byte {} of {} does not close", column + 1,
                                       at_, text_.size())};
        }
      } else {
        const std::size_t end = std::min(text_.find(syntax_.delimiter, at_), text_.size());
        cell = trim_blanks(text_.substr(at_, end - at_));
        at_ = end;
      }
      ++at_;  // the delimiter
      if (cell.empty() || (column < syntax_.columns.size() && name.empty())) continue;
      if (!fields_.add(column < syntax_.columns.size() ? name : numbered(column + 1), cell))
        return fields_.full();
    }
    return std::nullopt;
  }

 private:
  std::optional<DecodeFailure> rest(std::string_view name) {
    const std::string_view text = text_.substr(at_);
    if (!text.empty() && !fields_.add(name.substr(0, name.size() - kRest.size()), text))
      return fields_.full();
    return std::nullopt;
  }

  /// Leaves `at_` at the delimiter behind the closing quote.
  bool quoted(std::string_view& cell) {
    std::size_t end = at_ + 1;
    bool doubled = false;
    while (end < text_.size()) {
      if (text_[end] == '"') {
        if (end + 1 >= text_.size() || text_[end + 1] != '"') break;
        doubled = true;
        ++end;
      }
      ++end;
    }
    if (end >= text_.size()) return false;
    cell = text_.substr(at_ + 1, end - at_ - 1);
    if (doubled) cell = without_doubles(cell);
    at_ = std::min(text_.find(syntax_.delimiter, end), text_.size());
    return true;
  }

  std::string_view without_doubles(std::string_view cell) {
    const std::span<char> place = fields_.arena().allocate(cell.size());
    std::size_t size = 0;
    for (std::size_t i = 0; i < cell.size(); ++i) {
      place[size++] = cell[i];
      if (cell[i] == '"') ++i;
    }
    return {place.data(), size};
  }

  std::string_view numbered(std::size_t column) {
    char name[32];
    const auto end = fmt::format_to_n(name, sizeof name, "column_{}", column).out;
    return fields_.arena().store({name, static_cast<std::size_t>(end - name)});
  }

  std::string_view text_;
  const CsvSyntax& syntax_;
  TextFields& fields_;
  std::size_t at_ = 0;
};

}  // namespace

TextRead read_csv(std::string_view text, const CsvSyntax& syntax, TextFields& fields) {
  return {true, CsvReader(text, syntax, fields).read()};
}

}  // namespace countersign
