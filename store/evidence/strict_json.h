// SPDX-License-Identifier: Apache-2.0
// A JSON document read as strictly as evidence needs: RFC 8259, valid UTF-8, nothing after the value, no
// member twice (a reader that takes the first and one that takes the last would see different facts). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/result.h"

namespace countersign {

struct JsonMember;

class JsonValue {
 public:
  using Array = std::vector<JsonValue>;
  using Object = std::vector<JsonMember>;  // in the order of the text
  /// std::monostate is null; std::uint64_t holds every integer from 0, std::int64_t the negative ones.
  using Data =
      std::variant<std::monostate, bool, std::uint64_t, std::int64_t, double, std::string, Array, Object>;

  JsonValue() = default;
  explicit JsonValue(Data data) : data_(std::move(data)) {}

  bool is_null() const { return std::holds_alternative<std::monostate>(data_); }
  const std::string* text() const { return std::get_if<std::string>(&data_); }
  const bool* flag() const { return std::get_if<bool>(&data_); }
  const std::uint64_t* unsigned_number() const { return std::get_if<std::uint64_t>(&data_); }
  const Array* array() const { return std::get_if<Array>(&data_); }
  const Object* object() const { return std::get_if<Object>(&data_); }
  /// The member of an object, or null when this is no object or has none of that name.
  const JsonValue* find(std::string_view name) const;

 private:
  Data data_;
};

struct JsonMember {
  std::string name;
  JsonValue value;
};

/// Malformed: what and at which byte, never the content.
Result<JsonValue> parse_strict_json(std::string_view text);

}  // namespace countersign
