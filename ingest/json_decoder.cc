// SPDX-License-Identifier: Apache-2.0
#include "ingest/json_decoder.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "core/message.h"
#include "ingest/json_scalar.h"

namespace countersign {
namespace {

namespace ondemand = simdjson::ondemand;

static_assert(kMessagePaddingBytes >= simdjson::SIMDJSON_PADDING);

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string_view trim_right(std::string_view text) {
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Names of members of one container: `prefix` ends with a dot, or is empty at the top.
struct Scope {
  std::string_view prefix;
  std::string_view name;  // of the container itself: elements of an array have it
  std::uint16_t depth = 0;
};

/// Walks the values of one element into an event.
class Walker {
 public:
  Walker(const DecodeLimits& limits, std::string_view json, Event& event)
      : limits_(limits), json_(json), event_(event) {}

  void start() {
    event_.clear();
    leaves_ = 0;
    containers_ = 0;
    level_ = 0;
    failure_.reset();
    error_ = simdjson::SUCCESS;
    fatal_ = false;
  }

  bool object(ondemand::object object, const Scope& scope) {
    if (!enter()) return false;
    for (auto result : object) {
      ondemand::field field;
      if (const simdjson::error_code error = std::move(result).get(field)) return broken(error);
      std::string_view key;
      const char* start = field.key().raw();
      // The value starts behind the name: that bounds its length.
      const auto bytes_max = static_cast<std::size_t>(field.value().raw_json_token().data() - start);
      const char* end = nullptr;
      if (!read_json_string(start, bytes_max, event_.arena(), key, end))
        return bad("unknown escape in a name", {end, 1});
      Scope member{scope.prefix, {}, scope.depth};
      if (!name_member(key, member)) return false;
      if (!value(field.value(), member)) return false;
    }
    --level_;
    return true;
  }

  /// Null: nothing, or what simdjson says (error()).
  const DecodeFailure* failure() const { return failure_ ? &*failure_ : nullptr; }
  bool fatal() const { return fatal_; }

  bool reject(std::string_view reason, std::string message) {
    failure_ = DecodeFailure{reason, std::move(message)};
    return false;
  }

  /// The document itself is broken: nothing after this point can be trusted.
  bool bad(std::string_view what, std::string_view where) {
    (void)reject_document();
    return reject("bad_json",
                  fmt::format("{} at byte {} of {}", what, where.data() - json_.data(), json_.size()));
  }

  /// simdjson found it broken; where, the document knows.
  bool broken(simdjson::error_code error) {
    error_ = error;
    return reject_document();
  }

  simdjson::error_code error() const { return error_; }

 private:
  bool reject_document() {
    fatal_ = true;
    return false;
  }

  bool enter() {
    if (++level_ <= limits_.nesting_max) return true;
    return reject("too_deep", fmt::format("containers nested deeper than the limit {}", limits_.nesting_max));
  }

  bool name_member(std::string_view key, Scope& member) {
    const std::size_t length = member.prefix.size() + key.size();
    if (length > limits_.name_bytes_max) {
      return reject("too_long_name", fmt::format("the name of a field has {} bytes, the limit is {}", length,
                                                 limits_.name_bytes_max));
    }
    if (member.prefix.empty()) {
      member.name = key;
      return true;
    }
    const std::span<char> place = event_.arena().allocate(length);
    std::memcpy(place.data(), member.prefix.data(), member.prefix.size());
    std::memcpy(place.data() + member.prefix.size(), key.data(), key.size());
    member.name = {place.data(), length};
    return true;
  }

  bool count(std::size_t& counter, std::string_view what) {
    if (++counter <= limits_.fields_max) return true;
    return reject("too_many_fields",
                  fmt::format("more {} in one event than the limit {}", what, limits_.fields_max));
  }

  /// Sigma writes names without the blanks that Windows puts into some (rules.md §1.2).
  void add(const Scope& member, const Value& value) {
    event_.add(member.name, value, member.depth);
    if (member.name.find(' ') == std::string_view::npos) return;
    const std::span<char> place = event_.arena().allocate(member.name.size());
    const auto end = std::remove_copy(member.name.begin(), member.name.end(), place.begin(), ' ');
    event_.add({place.data(), static_cast<std::size_t>(end - place.begin())}, value, member.depth, true);
  }

  bool container(const Scope& member, ValueType type) {
    if (!count(containers_, "containers")) return false;
    Value value;
    value.type = type;
    add(member, value);
    return true;
  }

  bool value(ondemand::value value, const Scope& member) {
    const std::string_view token = value.raw_json_token();
    switch (token.front()) {
      case '{': {
        ondemand::object object;
        if (!container(member, ValueType::Object)) return false;
        if (const simdjson::error_code error = value.get_object().get(object)) return broken(error);
        return this->object(object, inside(member));
      }
      case '[': return array(value, member);
      case '"': return string(value, token, member);
      default: return scalar(trim_right(token), member);
    }
  }

  Scope inside(const Scope& member) {
    const std::span<char> place = event_.arena().allocate(member.name.size() + 1);
    std::memcpy(place.data(), member.name.data(), member.name.size());
    place.back() = '.';
    return {{place.data(), place.size()}, member.name, static_cast<std::uint16_t>(member.depth + 1)};
  }

  bool array(ondemand::value value, const Scope& member) {
    ondemand::array array;
    if (!container(member, ValueType::Array) || !enter()) return false;
    if (const simdjson::error_code error = value.get_array().get(array)) return broken(error);
    for (auto result : array) {
      ondemand::value element;
      if (const simdjson::error_code error = std::move(result).get(element)) return broken(error);
      if (!this->value(element, member)) return false;
    }
    --level_;
    return true;
  }

  bool string(ondemand::value value, std::string_view token, const Scope& member) {
    if (!count(leaves_, "values")) return false;
    ondemand::raw_json_string raw;
    if (const simdjson::error_code error = value.get_raw_json_string().get(raw)) return broken(error);
    Value out;
    out.type = ValueType::String;
    const char* end = nullptr;
    if (!read_json_string(raw.raw(), token.size(), event_.arena(), out.text, end))
      return bad("unknown escape", {end, 1});
    add(member, out);
    return true;
  }

  // The value stays unread for simdjson, which then steps over exactly this token.
  bool scalar(std::string_view token, const Scope& member) {
    if (!count(leaves_, "values")) return false;
    Value out;
    if (!read_json_scalar(token, out)) return bad("neither a value nor a container", token);
    add(member, out);
    return true;
  }

  const DecodeLimits& limits_;
  std::string_view json_;
  Event& event_;
  std::size_t leaves_ = 0;
  std::size_t containers_ = 0;
  std::size_t level_ = 0;
  std::optional<DecodeFailure> failure_;
  simdjson::error_code error_ = simdjson::SUCCESS;
  bool fatal_ = false;
};

}  // namespace

class JsonDecoder::Impl {
 public:
  explicit Impl(DecodeLimits limits) : limits_(limits) {}

  std::optional<DecodeFailure> decode(std::string_view json, Event& event,
                                      const std::function<void(const JsonElement&)>& each) {
    const std::size_t first = json.find_first_not_of(" \t\r\n");
    const bool is_array = first != std::string_view::npos && json[first] == '[';
    if (!is_array) return object(json, event, each);
    // Events go out one by one, but only of a message that is whole: it is read twice.
    if (auto failure = array(json, event, nullptr)) return failure;
    return array(json, event, &each);
  }

 private:
  std::optional<DecodeFailure> open(std::string_view json, ondemand::document& document) {
    const auto error =
        parser_.iterate(json.data(), json.size(), json.size() + kMessagePaddingBytes).get(document);
    if (!error) return std::nullopt;
    return explain(json, DecodeFailure{"bad_json", fmt::format("invalid JSON in {} bytes: {}", json.size(),
                                                               simdjson::error_message(error))});
  }

  static DecodeFailure describe(simdjson::error_code error, std::string_view json,
                                ondemand::document& document) {
    const char* where = nullptr;
    if (document.current_location().get(where) != simdjson::SUCCESS) where = json.data() + json.size();
    return {"bad_json", fmt::format("invalid JSON near byte {} of {}: {}", where - json.data(), json.size(),
                                    simdjson::error_message(error))};
  }

  /// Why the walker gave up on the whole document.
  static DecodeFailure cause(const Walker& walker, std::string_view json, ondemand::document& document) {
    const DecodeFailure* failure = walker.failure();
    return explain(json, failure != nullptr ? *failure : describe(walker.error(), json, document));
  }

  /// Finds the nearest cause of a broken document, and its place.
  static DecodeFailure explain(std::string_view json, DecodeFailure failure) {
    if (failure.reason != "bad_json") return failure;
    if (const auto at = find_invalid_utf8(json)) {
      return {"bad_utf8", fmt::format("byte {} of {} is not valid UTF-8", *at, json.size())};
    }
    if (ends_inside_json(json)) {
      return {"truncated", fmt::format("the JSON ends inside a value at byte {}", json.size())};
    }
    if (const auto at = find_control_in_string(json)) {
      return {"bad_json", fmt::format("control character 0x{:02x} inside a string at byte {} of {}",
                                      static_cast<unsigned char>(json[*at]), *at, json.size())};
    }
    return failure;
  }

  std::optional<DecodeFailure> object(std::string_view json, Event& event,
                                      const std::function<void(const JsonElement&)>& each) {
    ondemand::document document;
    if (auto failure = open(json, document)) return failure;
    Walker walker(limits_, json, event);
    walker.start();
    ondemand::object object;
    const simdjson::error_code error = document.get_object().get(object);
    const bool read = error ? walker.broken(error) : walker.object(object, Scope{});
    if (!read) return cause(walker, json, document);
    if (auto failure = trailing(json, document)) return failure;
    const std::string_view raw = trim_right(json);
    event.set_raw(raw);
    each({0, false, raw, nullptr});
    return std::nullopt;
  }

  static std::optional<DecodeFailure> trailing(std::string_view json, ondemand::document& document) {
    const char* where = nullptr;
    if (document.current_location().get(where) != simdjson::SUCCESS) return std::nullopt;
    return DecodeFailure{"bad_json", fmt::format("text after the end of the document at byte {} of {}",
                                                 where - json.data(), json.size())};
  }

  std::optional<DecodeFailure> array(std::string_view json, Event& event,
                                     const std::function<void(const JsonElement&)>* each) {
    ondemand::document document;
    if (auto failure = open(json, document)) return failure;
    Walker walker(limits_, json, event);
    walker.start();
    ondemand::array array;
    if (const auto error = document.get_array().get(array)) {
      return explain(json, describe(error, json, document));
    }
    std::uint32_t index = 0;
    for (auto result : array) {
      ondemand::value value;
      if (const auto error = std::move(result).get(value)) {
        return explain(json, describe(error, json, document));
      }
      const std::string_view token = value.raw_json_token();
      walker.start();
      const bool read = element(walker, value);
      if (!read && walker.fatal()) return cause(walker, json, document);
      if (each != nullptr) {
        const std::string_view raw = raw_element(json, token);
        event.set_raw(raw);
        (*each)({index, true, raw, read ? nullptr : walker.failure()});
      }
      ++index;
    }
    if (auto failure = trailing(json, document)) return failure;
    return std::nullopt;
  }

  static bool element(Walker& walker, ondemand::value value) {
    const std::string_view token = value.raw_json_token();
    if (token.front() == '{') {
      ondemand::object object;
      if (const auto error = value.get_object().get(object)) return walker.broken(error);
      return walker.object(object, Scope{});
    }
    Value scalar;
    if (token.front() != '[' && token.front() != '"' && !read_json_scalar(trim_right(token), scalar)) {
      return walker.bad("neither a value nor a container", token);
    }
    return walker.reject("not_an_event", "an element of the array is no JSON object");
  }

  /// The bytes of the element that starts with `token`, by its brackets: the document is known to be whole.
  static std::string_view raw_element(std::string_view json, std::string_view token) {
    if (token.front() != '{' && token.front() != '[') return trim_right(token);
    const std::string_view rest = json.substr(static_cast<std::size_t>(token.data() - json.data()));
    std::size_t open = 0;
    for (std::size_t at = 0; at < rest.size(); ++at) {
      if (rest[at] == '"') {
        for (++at; at < rest.size() && rest[at] != '"'; ++at) {
          if (rest[at] == '\\') ++at;
        }
      } else if (rest[at] == '{' || rest[at] == '[') {
        ++open;
      } else if ((rest[at] == '}' || rest[at] == ']') && --open == 0) {
        return rest.substr(0, at + 1);
      }
    }
    return trim_right(rest);
  }

  DecodeLimits limits_;
  ondemand::parser parser_;
};

JsonDecoder::JsonDecoder(DecodeLimits limits) : impl_(std::make_unique<Impl>(limits)) {}
JsonDecoder::~JsonDecoder() = default;
JsonDecoder::JsonDecoder(JsonDecoder&&) noexcept = default;
JsonDecoder& JsonDecoder::operator=(JsonDecoder&&) noexcept = default;

std::optional<DecodeFailure> JsonDecoder::decode(std::string_view json, Event& event,
                                                 const std::function<void(const JsonElement&)>& each) {
  return impl_->decode(json, event, each);
}

}  // namespace countersign
