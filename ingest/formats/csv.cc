// SPDX-License-Identifier: Apache-2.0
#include "ingest/formats/csv.h"

#include <algorithm>
#include <span>

#include <fmt/format.h>

namespace countersign {
namespace {

constexpr std::string_view kRest = "...";

class CsvReader {
 public:
  CsvReader(std::string_view text, const CsvSyntax& syntax, TextFields& fields)
      : text_(text), syntax_(syntax), fields_(fields) {}

  std::optional<DecodeFailure> read() {
    const std::span<const CsvColumn> columns = syntax_.columns;
    const char* const end = text_.data() + text_.size();
    for (std::size_t column = 0; at_ <= text_.size(); ++column) {
      const CsvColumn* const known = column < columns.size() ? &columns[column] : nullptr;
      if (known != nullptr && known->takes_rest) return rest(known->key);
      std::string_view cell;
      if (at_ < text_.size() && text_[at_] == '"') {
        if (!quoted(cell)) {
          return DecodeFailure{
              "truncated", fmt::format("the quote of column {} at byte {} of {} does not close", column + 1,
                                       at_, text_.size())};
        }
      } else {
        const char* const start = text_.data() + at_;
        const char* const stop = find_byte(start, end, syntax_.delimiter);
        cell = trim_blanks({start, static_cast<std::size_t>(stop - start)});
        at_ = static_cast<std::size_t>(stop - text_.data());
      }
      ++at_;  // the delimiter
      if (cell.empty() || (known != nullptr && known->key.name.empty())) continue;
      if (!(known != nullptr ? fields_.add(known->key, cell) : fields_.add(numbered(column + 1), cell)))
        return fields_.full();
    }
    return std::nullopt;
  }

 private:
  std::optional<DecodeFailure> rest(const FieldKey& key) {
    const std::string_view text = text_.substr(at_);
    if (!text.empty() && !fields_.add(key, text)) return fields_.full();
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

std::vector<CsvColumn> csv_columns(const std::vector<std::string>& names) {
  std::vector<CsvColumn> columns;
  for (const std::string& name : names) {
    const bool takes_rest = name.ends_with(kRest);
    columns.push_back({FieldKey(takes_rest ? name.substr(0, name.size() - kRest.size()) : name), takes_rest});
  }
  return columns;
}

TextRead read_csv(std::string_view text, const CsvSyntax& syntax, TextFields& fields) {
  return {true, CsvReader(text, syntax, fields).read()};
}

}  // namespace countersign
