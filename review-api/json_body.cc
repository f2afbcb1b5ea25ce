// SPDX-License-Identifier: Apache-2.0
#include "review-api/json_body.h"

#include <algorithm>
#include <boost/json.hpp>
#include <boost/json/basic_parser_impl.hpp>

#include "core/utf8_cut.h"

namespace countersign {
namespace {

namespace json = boost::json;
using Code = boost::system::error_code;

/// Unknown fields that an answer names: a body has room for more than anybody wants to read.
constexpr std::size_t kUnknownNamedMax = 32;

/// Finds a key that an object has twice, of which the tree would silently keep the last.
struct DuplicateKeys {
  // NOLINTBEGIN(readability-identifier-naming): Boost.JSON asks for these names
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);
  // NOLINTEND(readability-identifier-naming)

  std::vector<std::set<std::string>> objects;
  std::string key;
  std::optional<std::string> duplicate;

  bool on_object_begin(Code&) { return objects.emplace_back(), true; }
  bool on_object_end(std::size_t, Code&) { return objects.pop_back(), true; }
  bool on_key_part(json::string_view part, std::size_t, Code&) { return key.append(part), true; }
  bool on_key(json::string_view part, std::size_t, Code&) {
    key.append(part);
    if (!objects.back().insert(key).second && !duplicate) duplicate = key;
    key.clear();
    return true;
  }
  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_array_begin(Code&) { return true; }
  bool on_array_end(std::size_t, Code&) { return true; }
  bool on_string_part(json::string_view, std::size_t, Code&) { return true; }
  bool on_string(json::string_view, std::size_t, Code&) { return true; }
  bool on_number_part(json::string_view, Code&) { return true; }
  bool on_int64(std::int64_t, json::string_view, Code&) { return true; }
  bool on_uint64(std::uint64_t, json::string_view, Code&) { return true; }
  bool on_double(double, json::string_view, Code&) { return true; }
  bool on_bool(bool, Code&) { return true; }
  bool on_null(Code&) { return true; }
  bool on_comment_part(json::string_view, Code&) { return true; }
  bool on_comment(json::string_view, Code&) { return true; }
};

std::optional<std::string> duplicate_key(std::string_view text, const json::parse_options& options) {
  json::basic_parser<DuplicateKeys> parser(options);
  Code code;
  (void)parser.write_some(false, text.data(), text.size(), code);  // the text was parsed once already
  return parser.handler().duplicate;
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

std::string_view type_of(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null: return "null";
    case json::kind::bool_: return "a boolean";
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_: return "a number";
    case json::kind::string: return "a string";
    case json::kind::array: return "a list";
    case json::kind::object: return "an object";
  }
  return "";
}

}  // namespace

struct JsonBody::Object {
  json::object fields;
  const json::value* find(std::string_view field) const {
    const json::value* value = fields.if_contains(field);
    return value == nullptr || value->is_null() ? nullptr : value;
  }
};

JsonBody::JsonBody(std::unique_ptr<Object> object) : object_(std::move(object)) {}
JsonBody::JsonBody(JsonBody&&) noexcept = default;
JsonBody& JsonBody::operator=(JsonBody&&) noexcept = default;
JsonBody::~JsonBody() = default;

Result<JsonBody> JsonBody::parse(std::string_view text) {
  auto object = std::make_unique<Object>();
  if (text.empty()) return JsonBody(std::move(object));
  json::parse_options options;
  options.max_depth = kBodyNestingMax;
  Code code;
  json::value value = json::parse(text, code, {}, options);
  if (code == json::error::too_deep)
    return failure(ErrorKind::Malformed,
                   "The body is nested deeper than " + std::to_string(kBodyNestingMax) + " levels.");
  if (code) return failure(ErrorKind::Malformed, "The body is not JSON: " + code.message() + ".");
  if (!value.is_object())
    return failure(ErrorKind::Malformed,
                   "The body is " + std::string(type_of(value)) + ", but an object is expected.");
  if (const auto key = duplicate_key(text, options))
    return failure(ErrorKind::Malformed,
                   "The body has the key `" + std::string(utf8_prefix(*key, 64)) + "` twice in one object.");
  object->fields = std::move(value.get_object());
  return JsonBody(std::move(object));
}

bool JsonBody::has(std::string_view field) const { return object_->find(field) != nullptr; }

std::optional<std::string> JsonBody::text(std::string_view field, TextRule rule) {
  known_.emplace(field);
  const json::value* value = object_->find(field);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) {
    wrong(field, "wrong_type", "A string is expected, not " + std::string(type_of(*value)) + ".");
    return std::nullopt;
  }
  const std::string_view text = value->get_string();
  if (!check_text(field, text, rule) || is_blank(text)) return std::nullopt;
  return std::string(text);
}

std::string JsonBody::required_text(std::string_view field, TextRule rule) {
  const std::size_t errors_before = errors_.size();
  auto value = text(field, rule);
  if (!value && errors_.size() == errors_before) wrong(field, "required", "This field is required.");
  return value.value_or(std::string{});
}

std::optional<std::string> JsonBody::secret(std::string_view field, std::size_t bytes_max) {
  known_.emplace(field);
  const json::value* value = object_->find(field);
  if (value == nullptr) {
    wrong(field, "required", "This field is required.");
    return std::nullopt;
  }
  if (!value->is_string()) {
    wrong(field, "wrong_type", "A string is expected, not " + std::string(type_of(*value)) + ".");
    return std::nullopt;
  }
  if (value->get_string().size() > bytes_max) {
    wrong(field, "too_long", "At most " + std::to_string(bytes_max) + " bytes.");
    return std::nullopt;
  }
  return std::string(value->get_string());
}

std::optional<bool> JsonBody::flag(std::string_view field) {
  known_.emplace(field);
  const json::value* value = object_->find(field);
  if (value == nullptr) return std::nullopt;
  if (value->is_bool()) return value->get_bool();
  wrong(field, "wrong_type", "A boolean is expected, not " + std::string(type_of(*value)) + ".");
  return std::nullopt;
}

const json::array* JsonBody::array(std::string_view field, std::string_view of, std::size_t count_max) {
  known_.emplace(field);
  const json::value* value = object_->find(field);
  if (value == nullptr) return nullptr;
  if (!value->is_array()) {
    wrong(field, "wrong_type",
          "A list of " + std::string(of) + " is expected, not " + std::string(type_of(*value)) + ".");
    return nullptr;
  }
  const json::array& list = value->get_array();
  if (list.size() <= count_max) return &list;
  wrong(field, "too_many",
        std::to_string(list.size()) + " given, at most " + std::to_string(count_max) + ".");
  return nullptr;
}

std::optional<std::vector<std::string>> JsonBody::texts(std::string_view field, std::size_t count_max,
                                                        TextRule rule) {
  const json::array* list = array(field, "strings", count_max);
  if (list == nullptr) return std::nullopt;
  std::vector<std::string> out;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const std::string name = std::string(field) + '[' + std::to_string(i) + ']';
    if (!(*list)[i].is_string()) {
      wrong(name, "wrong_type", "A string is expected, not " + std::string(type_of((*list)[i])) + ".");
    } else if (is_blank(std::string_view((*list)[i].get_string()))) {
      wrong(name, "required", "An entry is blank.");
    } else if (check_text(name, (*list)[i].get_string(), rule)) {
      out.emplace_back((*list)[i].get_string());
    }
  }
  return out;
}

std::optional<std::uint64_t> JsonBody::number(std::string_view field) {
  known_.emplace(field);
  const json::value* value = object_->find(field);
  return value == nullptr ? std::nullopt : whole_number(field, *value);
}

std::optional<std::vector<std::uint64_t>> JsonBody::numbers(std::string_view field, std::size_t count_max) {
  const json::array* list = array(field, "numbers", count_max);
  if (list == nullptr) return std::nullopt;
  std::vector<std::uint64_t> out;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto number = whole_number(std::string(field) + '[' + std::to_string(i) + ']', (*list)[i]);
    if (!number) return std::nullopt;
    out.push_back(*number);
  }
  return out;
}

std::optional<std::uint64_t> JsonBody::whole_number(std::string_view field, const boost::json::value& value) {
  json::error_code error;
  const auto number = value.is_number() ? value.to_number<std::uint64_t>(error) : 0;
  if (value.is_number() && !error) return number;
  wrong(field, "wrong_type", "A whole number from 0 on is expected.");
  return std::nullopt;
}

std::vector<JsonBody> JsonBody::take_objects(std::string_view field, std::size_t count_max) {
  known_.emplace(field);
  std::vector<JsonBody> out;
  const json::value* value = object_->find(field);
  if (value == nullptr) return out;
  if (!value->is_array()) {
    wrong(field, "wrong_type", "A list of objects is expected, not " + std::string(type_of(*value)) + ".");
    return out;
  }
  const json::array& list = value->get_array();
  if (list.size() > count_max) {
    wrong(field, "too_many",
          std::to_string(list.size()) + " given, at most " + std::to_string(count_max) + ".");
    return out;
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i].is_object()) {
      out.push_back(JsonBody(std::make_unique<Object>(Object{list[i].get_object()})));
    } else {
      wrong(std::string(field) + '[' + std::to_string(i) + ']', "wrong_type",
            "An object is expected, not " + std::string(type_of(list[i])) + ".");
    }
  }
  return out;
}

void JsonBody::adopt_errors(const std::string& prefix, JsonBody& nested) {
  nested.add_unknown();
  for (FieldError& error : nested.errors_) {
    error.field = prefix + error.field;
    errors_.push_back(std::move(error));
  }
}

bool JsonBody::check_text(std::string_view field, std::string_view text, TextRule rule) {
  if (text.size() > rule.bytes_max) {
    wrong(field, "too_long",
          std::to_string(text.size()) + " bytes given, at most " + std::to_string(rule.bytes_max) + ".");
    return false;
  }
  const bool control = std::any_of(text.begin(), text.end(), [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == 0x7F) return true;
    return byte < 0x20 && !(rule.lines && (c == '\n' || c == '\r' || c == '\t'));
  });
  if (control) wrong(field, "control_character", "A control character is not allowed here.");
  return !control;
}

void JsonBody::wrong(std::string_view field, std::string_view code, std::string_view message) {
  errors_.push_back({std::string(field), std::string(code), std::string(message)});
}

void JsonBody::add_unknown() {
  std::size_t named = 0;
  for (const auto& entry : object_->fields) {
    const std::string_view name = entry.key();
    if (known_.find(name) != known_.end()) continue;
    wrong(utf8_prefix(name, 64), "unknown_field", "This request has no such field.");
    if (++named == kUnknownNamedMax) return;
  }
}

Result<void> JsonBody::finish() {
  add_unknown();
  if (errors_.empty()) return {};
  std::string names;
  for (const FieldError& error : errors_) {
    if (names.size() > 200) break;
    names += (names.empty() ? "" : ", ") + error.field;
  }
  return failure(Error{ErrorKind::InvalidArgument, "Missing or wrong: " + names + ".", std::move(errors_)});
}

}  // namespace countersign
