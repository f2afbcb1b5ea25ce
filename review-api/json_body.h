// SPDX-License-Identifier: Apache-2.0
// The JSON object of a request, read against a closed list of fields: each read names its field; finish()
// reports everything that was wrong at once, unknown fields included. One thread; short-lived.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "review-api/json_forward.h"

namespace countersign {

inline constexpr std::size_t kBodyNestingMax = 8;

struct TextRule {
  std::size_t bytes_max = 256;
  bool lines = false;  // may hold line ends and tabs
};

class JsonBody {
 public:
  /// Malformed: not JSON, not an object, nested deeper than kBodyNestingMax, a key that comes twice. An empty
  /// text counts as an empty object.
  static Result<JsonBody> parse(std::string_view text);

  JsonBody(JsonBody&&) noexcept;
  JsonBody& operator=(JsonBody&&) noexcept;
  ~JsonBody();

  /// Whether the field is there and not null; does not count as reading it.
  bool has(std::string_view field) const;
  /// A string that is not blank; absent or null gives nothing.
  std::optional<std::string> text(std::string_view field, TextRule rule = {});
  /// The same; absent or blank is an error (`required`), and gives an empty text.
  std::string required_text(std::string_view field, TextRule rule = {});
  /// A string as it stands, blank or not: passwords. Nothing when it is absent or wrong, which is an error.
  std::optional<std::string> secret(std::string_view field, std::size_t bytes_max);
  std::optional<bool> flag(std::string_view field);
  /// A whole number from 0 on.
  std::optional<std::uint64_t> number(std::string_view field);
  std::optional<std::vector<std::uint64_t>> numbers(std::string_view field, std::size_t count_max);
  std::optional<std::vector<std::string>> texts(std::string_view field, std::size_t count_max,
                                                TextRule rule = {});
  /// Objects of a list, each to be read by `read`; its errors are named `field[2].name`.
  template <class Read>
  void objects(std::string_view field, std::size_t count_max, Read read) {
    std::vector<JsonBody> list = take_objects(field, count_max);
    for (std::size_t i = 0; i < list.size(); ++i) {
      read(list[i]);
      adopt_errors(std::string(field) + '[' + std::to_string(i) + "].", list[i]);
    }
  }

  /// Adds an error of the caller's own finding.
  void wrong(std::string_view field, std::string_view code, std::string_view message);
  /// InvalidArgument with all errors, or nothing.
  Result<void> finish();

 private:
  struct Object;
  explicit JsonBody(std::unique_ptr<Object> object);
  std::vector<JsonBody> take_objects(std::string_view field, std::size_t count_max);
  void adopt_errors(const std::string& prefix, JsonBody& nested);
  /// The list under `field`, or null when it is not there, or is wrong.
  const boost::json::array* array(std::string_view field, std::string_view of, std::size_t count_max);
  std::optional<std::uint64_t> whole_number(std::string_view field, const boost::json::value& value);
  bool check_text(std::string_view field, std::string_view text, TextRule rule);
  void add_unknown();

  std::unique_ptr<Object> object_;
  std::set<std::string, std::less<>> known_;
  std::vector<FieldError> errors_;
};

}  // namespace countersign
