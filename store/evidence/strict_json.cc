// SPDX-License-Identifier: Apache-2.0
#include "store/evidence/strict_json.h"

#include <exception>
#include <limits>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <boost/json/basic_parser_impl.hpp>

namespace countersign {
namespace {

namespace json = boost::json;
using ErrorCode = boost::system::error_code;

/// Builds a JsonValue from the parser's events. The names of the hooks are Boost.JSON's.
class Builder {
 public:
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

  bool on_document_begin(ErrorCode&) { return true; }
  bool on_document_end(ErrorCode&) { return true; }
  bool on_object_begin(ErrorCode&) {
    open_.push_back({JsonValue::Object(), {}, {}});
    return true;
  }
  bool on_array_begin(ErrorCode&) {
    open_.push_back({JsonValue::Array(), {}, {}});
    return true;
  }
  bool on_object_end(std::size_t, ErrorCode&) { return close(); }
  bool on_array_end(std::size_t, ErrorCode&) { return close(); }
  bool on_key_part(json::string_view part, std::size_t, ErrorCode&) { return collect(part); }
  bool on_key(json::string_view part, std::size_t, ErrorCode& error) {
    collect(part);
    Container& object = open_.back();
    object.name = std::exchange(text_, {});
    if (object.names.insert(object.name).second) return true;
    repeated_ = true;
    error = json::error::syntax;
    return false;
  }
  bool on_string_part(json::string_view part, std::size_t, ErrorCode&) { return collect(part); }
  bool on_string(json::string_view part, std::size_t, ErrorCode&) {
    collect(part);
    return add(std::exchange(text_, {}));
  }
  bool on_number_part(json::string_view, ErrorCode&) { return true; }
  bool on_int64(std::int64_t value, json::string_view, ErrorCode&) {
    return value < 0 ? add(value) : add(static_cast<std::uint64_t>(value));
  }
  bool on_uint64(std::uint64_t value, json::string_view, ErrorCode&) { return add(value); }
  bool on_double(double value, json::string_view, ErrorCode&) { return add(value); }
  bool on_bool(bool value, ErrorCode&) { return add(value); }
  bool on_null(ErrorCode&) { return add(std::monostate()); }
  bool on_comment_part(json::string_view, ErrorCode&) { return true; }
  bool on_comment(json::string_view, ErrorCode&) { return true; }

  bool repeated() const { return repeated_; }
  JsonValue take() { return std::move(root_); }

 private:
  struct Container {
    JsonValue::Data data;
    std::string name;  // of the member whose value comes next
    std::unordered_set<std::string> names;
  };

  bool collect(json::string_view part) {
    text_.append(part.data(), part.size());
    return true;
  }

  bool add(JsonValue::Data data) {
    if (open_.empty()) {
      root_ = JsonValue(std::move(data));
      return true;
    }
    Container& parent = open_.back();
    if (auto* const object = std::get_if<JsonValue::Object>(&parent.data)) {
      object->push_back({std::move(parent.name), JsonValue(std::move(data))});
    } else {
      std::get<JsonValue::Array>(parent.data).push_back(JsonValue(std::move(data)));
    }
    return true;
  }

  bool close() {
    JsonValue::Data data = std::move(open_.back().data);
    open_.pop_back();
    return add(std::move(data));
  }

  std::vector<Container> open_;
  std::string text_;
  JsonValue root_;
  bool repeated_ = false;
};

}  // namespace

bool JsonValue::is_null() const { return std::holds_alternative<std::monostate>(data_); }
const bool* JsonValue::flag() const { return std::get_if<bool>(&data_); }
const std::string* JsonValue::text() const { return std::get_if<std::string>(&data_); }
const std::uint64_t* JsonValue::unsigned_number() const { return std::get_if<std::uint64_t>(&data_); }
const JsonValue::Array* JsonValue::array() const { return std::get_if<Array>(&data_); }
const JsonValue::Object* JsonValue::object() const { return std::get_if<Object>(&data_); }

const JsonValue* JsonValue::find(std::string_view name) const {
  const Object* const members = object();
  if (members == nullptr) return nullptr;
  for (const JsonMember& member : *members) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

Result<JsonValue> parse_strict_json(std::string_view text) {
  try {
    json::parse_options options;
    options.max_depth = kJsonDepthMax;
    json::basic_parser<Builder> parser(options);
    ErrorCode error;
    const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
    if (parser.handler().repeated()) {
      return failure(ErrorKind::Malformed, fmt::format("JSON: a member stands twice, before byte {}", read));
    }
    if (error.failed()) {
      return failure(ErrorKind::Malformed, fmt::format("JSON: {} at byte {}", error.message(), read));
    }
    if (read != text.size()) {
      return failure(ErrorKind::Malformed, fmt::format("JSON: more after the value at byte {}", read));
    }
    return parser.handler().take();
  } catch (const std::exception&) {
    return failure(ErrorKind::Internal, "JSON: out of memory");
  }
}

}  // namespace countersign
