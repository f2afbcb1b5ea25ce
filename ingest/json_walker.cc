// SPDX-License-Identifier: Apache-2.0
#include "ingest/json_walker.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "ingest/json_scalar.h"

namespace countersign {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string_view trim_right(std::string_view text) {
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

bool JsonWalker::read_event() {
  event_.clear();
  leaves_ = 0;
  containers_ = 0;
  level_ = 0;
  disguised_ = false;
  failure_.reset();
  return object(Scope{});
}

std::string_view JsonWalker::skip_value() {
  const std::size_t start = offset();
  std::size_t open = 0;
  do {
    const char c = peek();
    if (c == '{' || c == '[') ++open;
    if ((c == '}' || c == ']') && open > 0) --open;
    step();
  } while (open > 0 && !at_end());
  const bool container = json_[start] == '{' || json_[start] == '[';
  const std::size_t stop = container ? next_[-1] + std::size_t{1} : offset();
  return trim_right(json_.substr(start, stop - start));
}

bool JsonWalker::break_off(std::string_view what, std::size_t offset) {
  broken_ = true;
  return reject("bad_json", fmt::format("{} at byte {} of {}", what, offset, json_.size()));
}

bool JsonWalker::reject(std::string_view reason, std::string message) {
  failure_ = DecodeFailure{reason, std::move(message)};
  return false;
}

bool JsonWalker::enter() {
  if (++level_ <= limits_.nesting_max) return true;
  return reject("too_deep", fmt::format("containers nested deeper than the limit {}", limits_.nesting_max));
}

bool JsonWalker::object(const Scope& scope) {
  step();
  if (!enter()) return false;
  if (peek() == '}') {
    step();
    --level_;
    return true;
  }
  while (true) {
    if (peek() != '"') return break_off("no name of a member", offset());
    std::string_view key;
    if (!text(key)) return false;
    if (peek() != ':') return break_off("no colon behind a name", offset());
    step();
    Scope member{scope.prefix, {}, scope.depth, scope.blank || holds_byte(key, ' ')};
    if (!name_member(key, member) || !value(member)) return false;
    const char c = peek();
    if (c != ',' && c != '}') return break_off("neither a comma nor the end of the object", offset());
    step();
    if (c == '}') break;
  }
  --level_;
  return true;
}

bool JsonWalker::array(const Scope& member) {
  if (!container(member, ValueType::Array) || !enter()) return false;
  step();
  if (peek() == ']') {
    step();
    --level_;
    return true;
  }
  while (true) {
    if (!value(member)) return false;
    const char c = peek();
    if (c != ',' && c != ']') return break_off("neither a comma nor the end of the array", offset());
    step();
    if (c == ']') break;
  }
  --level_;
  return true;
}

bool JsonWalker::value(const Scope& member) {
  switch (peek()) {
    case '{': return container(member, ValueType::Object) && object(inside(member));
    case '[': return array(member);
    case '"': return string(member);
    default: return scalar(member);
  }
}

/// The string that comes next: its closing quote is the last byte before the next part that is not blank.
bool JsonWalker::text(std::string_view& content) {
  const std::size_t quote = offset();
  step();
  const std::string_view token = trim_right(json_.substr(quote + 1, offset() - quote - 1));
  if (!token.ends_with('"')) return break_off("a string that goes on behind its end", quote);
  content = token.substr(0, token.size() - 1);
  if (!holds_byte(content, '\\')) return true;
  const JsonString string = read_json_string(token.data(), token.size(), event_.arena());
  if (!string.known) return break_off("unknown escape", static_cast<std::size_t>(string.end - json_.data()));
  content = string.content;
  disguised_ = disguised_ || string.disguised;
  return true;
}

bool JsonWalker::string(const Scope& member) {
  if (!count(leaves_, "values")) return false;
  std::string_view content;
  if (!text(content)) return false;
  Value& value = event_.add(member.name, member.depth);
  value.type = ValueType::String;
  value.text = content;
  if (member.blank) add_without_blanks(member, Value(value));
  return true;
}

bool JsonWalker::scalar(const Scope& member) {
  if (!count(leaves_, "values")) return false;
  const std::size_t start = offset();
  if (!at_end()) step();
  Value& value = event_.add(member.name, member.depth);
  if (!read_json_scalar(trim_right(json_.substr(start, offset() - start)), value))
    return break_off("neither a value nor a container", start);
  if (member.blank) add_without_blanks(member, Value(value));
  return true;
}

bool JsonWalker::name_member(std::string_view key, Scope& member) {
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

JsonWalker::Scope JsonWalker::inside(const Scope& member) {
  const std::span<char> place = event_.arena().allocate(member.name.size() + 1);
  std::memcpy(place.data(), member.name.data(), member.name.size());
  place.back() = '.';
  return {
      {place.data(), place.size()}, member.name, static_cast<std::uint16_t>(member.depth + 1), member.blank};
}

/// Sigma writes names without the blanks that Windows puts into some (rules.md §1.2).
void JsonWalker::add_without_blanks(const Scope& member, const Value& value) {
  const std::span<char> place = event_.arena().allocate(member.name.size());
  const auto end = std::remove_copy(member.name.begin(), member.name.end(), place.begin(), ' ');
  event_.add({place.data(), static_cast<std::size_t>(end - place.begin())}, value, member.depth, true);
}

bool JsonWalker::container(const Scope& member, ValueType type) {
  if (!count(containers_, "containers")) return false;
  Value& value = event_.add(member.name, member.depth);
  value.type = type;
  if (member.blank) add_without_blanks(member, Value(value));
  return true;
}

bool JsonWalker::reject_count(std::string_view what) {
  return reject("too_many_fields",
                fmt::format("more {} in one event than the limit {}", what, limits_.fields_max));
}

}  // namespace countersign
