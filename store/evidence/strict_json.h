// SPDX-License-Identifier: Apache-2.0
// A JSON document read as strictly as evidence needs: RFC 8259, valid UTF-8, nothing after the value, no
// member twice (a reader that takes the first and one that takes the last would see different facts). Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/result.h"

namespace countersign {

/// Containers inside each other; a payload may hold an event, which has up to kNestingMax.
inline constexpr std::size_t kJsonDepthMax = 128;

struct JsonMember;

class JsonValue {
 public:
  using Array = std::vector<JsonValue>;
  using Object = std::vector<JsonMember>;  // in the order of the text
  /// std::monostate is null; std::uint64_t holds every integer from 0, std::int64_t the negative ones.
  using Data =
      std::variant<std::monostate, bool, std::uint64_t, std::int64_t, double, std::string, Array, Object>;

  JsonValue();
  explicit JsonValue(Data data);
  JsonValue(JsonValue&&) noexcept;
  JsonValue& operator=(JsonValue&&) noexcept;
  ~JsonValue();

  bool is_null() const;
  const bool* flag() const;
  const std::string* text() const;
  const std::uint64_t* unsigned_number() const;
  const Array* array() const;
  const Object* object() const;
  /// The member of an object, or null when this is no object or has none of that name.
  const JsonValue* find(std::string_view name) const;

 private:
  Data data_;
};

struct JsonMember {
  std::string name;
  JsonValue value;
};

// Defined here, because only now JsonMember is complete.
inline JsonValue::JsonValue() = default;
inline JsonValue::JsonValue(Data data) : data_(std::move(data)) {}
inline JsonValue::JsonValue(JsonValue&&) noexcept = default;
inline JsonValue& JsonValue::operator=(JsonValue&&) noexcept = default;
inline JsonValue::~JsonValue() = default;

/// Malformed: what and at which byte, never the content.
Result<JsonValue> parse_strict_json(std::string_view text);

}  // namespace countersign
