// SPDX-License-Identifier: Apache-2.0
#include "ingest/json_walker.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/message.h"
#include "core/same_bytes.h"
#include "ingest/formats/byte_search.h"
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
  names_.trim();
  leaves_ = 0;
  containers_ = 0;
  level_ = 0;
  disguised_ = false;
  failure_.reset();
  return object(names_.top(), 0);
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

/// The string that comes next; only blanks may stand between its closing quote and the next part.
bool JsonWalker::unusual_text(std::string_view& content) {
  const std::size_t quote = next_[-1];
  const std::size_t start = quote + 1;
  const JsonString string = read_json_string(json_.data() + start, offset() - start, event_.arena());
  const auto end = static_cast<std::size_t>(string.end - json_.data());
  if (!string.known) return break_off("unknown escape", end);
  if (end != offset() && !trim_right(json_.substr(end, offset() - end)).empty())
    return break_off("a string that goes on behind its end", quote);
  content = string.content;
  disguised_ = disguised_ || string.disguised;
  return true;
}

/// The same when nothing in it is escaped, and what follows does so at once.
inline bool JsonWalker::text(std::string_view& content) {
  const char* const start = json_.data() + offset() + 1;
  const char* const stop =
      find_byte(start, json_.data() + json_.size() + kMessagePaddingBytes - 1, '"', '\\');
  step();
  if (*stop != '"' || stop + 1 != json_.data() + offset()) return unusual_text(content);
  content = {start, static_cast<std::size_t>(stop - start)};
  return true;
}

inline bool JsonWalker::string(const Name& name, std::uint16_t depth) {
  if (!count(leaves_, "values")) return false;
  std::string_view content;
  if (!text(content)) return false;
  Value& value = event_.add(name.path, depth);
  value.type = ValueType::String;
  value.text = content;
  if (name.without_blanks != nullptr) event_.add(*name.without_blanks, Value(value), depth, true);
  return true;
}

inline bool JsonWalker::scalar(const Name& name, std::uint16_t depth) {
  if (!count(leaves_, "values")) return false;
  const std::size_t start = offset();
  if (!at_end()) step();
  const std::string_view token = json_.substr(start, offset() - start);
  Value& value = event_.add(name.path, depth);
  if (!read_short_integer(token, value) && !read_json_scalar(trim_right(token), value))
    return break_off("neither a value nor a container", start);
  if (name.without_blanks != nullptr) event_.add(*name.without_blanks, Value(value), depth, true);
  return true;
}

inline bool JsonWalker::container(const Name& name, std::uint16_t depth, ValueType type) {
  if (!count(containers_, "containers")) return false;
  Value& value = event_.add(name.path, depth);
  value.type = type;
  if (name.without_blanks != nullptr) event_.add(*name.without_blanks, Value(value), depth, true);
  return true;
}

bool JsonWalker::value(Name& name, std::uint16_t depth) {
  switch (peek()) {
    case '{':
      return container(name, depth, ValueType::Object) && object(name, static_cast<std::uint16_t>(depth + 1));
    case '[': return array(name, depth);
    case '"': return string(name, depth);
    default: return scalar(name, depth);
  }
}

/// The usual name: it is the one expected, and its colon follows at once.
inline bool JsonWalker::stands_next(const Name& name) const {
  const std::size_t size = name.written.size();
  const std::size_t start = *next_ + std::size_t{1};
  return next_ + 1 != end_ && next_[1] == start + size + 1 && json_[start + size] == '"' &&
         same_bytes(json_.data() + start, name.written.data(), size);
}

/// The name that comes next; null: failure().
inline JsonNames::Name* JsonWalker::member(Name& parent, JsonNames::Guesses& guesses) {
  auto& [last, before] = guesses;
  if (last == nullptr || !stands_next(*last)) {
    std::swap(last, before);
    if (last == nullptr || !stands_next(*last)) return last = read_member(parent);
  }
  step();
  disguised_ = disguised_ || last->disguised;
  return last;
}

JsonNames::Name* JsonWalker::read_member(Name& parent) {
  const std::size_t start = offset() + 1;
  const bool disguised_before = std::exchange(disguised_, false);
  std::string_view content;
  if (!text(content)) return nullptr;
  const bool disguised = std::exchange(disguised_, disguised_before || disguised_);
  const std::size_t length = content.size() + (&parent == &names_.top() ? 0 : parent.path.name.size() + 1);
  if (length > limits_.name_bytes_max) {
    reject("too_long_name",
           fmt::format("the name of a field has {} bytes, the limit is {}", length, limits_.name_bytes_max));
    return nullptr;
  }
  const std::string_view written = trim_right(json_.substr(start, offset() - start));
  return &names_.member(parent, written.substr(0, written.size() - 1), content, disguised);
}

bool JsonWalker::object(Name& name, std::uint16_t depth) {
  step();
  if (!enter()) return false;
  if (peek() == '}') {
    step();
    --level_;
    return true;
  }
  JsonNames::Guesses* guesses = &name.first;
  while (true) {
    if (peek() != '"') return break_off("no name of a member", offset());
    Name* const next = member(name, *guesses);
    if (next == nullptr) return false;
    guesses = &next->next;
    if (peek() != ':') return break_off("no colon behind a name", offset());
    step();
    if (!value(*next, depth)) return false;
    const char c = peek();
    if (c != ',' && c != '}') return break_off("neither a comma nor the end of the object", offset());
    step();
    if (c == '}') break;
  }
  --level_;
  return true;
}

bool JsonWalker::array(Name& name, std::uint16_t depth) {
  if (!container(name, depth, ValueType::Array) || !enter()) return false;
  step();
  if (peek() == ']') {
    step();
    --level_;
    return true;
  }
  while (true) {
    if (!value(name, depth)) return false;
    const char c = peek();
    if (c != ',' && c != ']') return break_off("neither a comma nor the end of the array", offset());
    step();
    if (c == ']') break;
  }
  --level_;
  return true;
}

bool JsonWalker::reject_count(std::string_view what) {
  return reject("too_many_fields",
                fmt::format("more {} in one event than the limit {}", what, limits_.fields_max));
}

}  // namespace countersign
