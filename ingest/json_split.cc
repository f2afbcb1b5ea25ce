// SPDX-License-Identifier: Apache-2.0
#include "ingest/json_split.h"

#include <algorithm>

#include "core/limits.h"
#include "ingest/formats/text_fields.h"

namespace countersign {

const std::vector<std::string_view>& JsonSplitter::split(std::string_view json,
                                                         std::span<const std::string> path) {
  found_.clear();
  json_ = json;
  at_ = 0;
  if (structure_.read(json) != nullptr) return found_;
  places_ = structure_.places();
  walk(path, 0);
  return found_;
}

std::string_view JsonSplitter::skip() {
  if (at_ >= places_.size()) return {};
  const std::size_t start = places_[at_];
  std::size_t open = 0;
  do {
    const char c = peek();
    if (c == '{' || c == '[') ++open;
    if (c == '}' || c == ']') --open;
    ++at_;
  } while (open > 0 && at_ < places_.size());
  const std::size_t end = at_ < places_.size() ? places_[at_] : json_.size();
  return trim_blanks(json_.substr(start, end - start));
}

void JsonSplitter::walk(std::span<const std::string> path, int level) {
  if (level > static_cast<int>(kNestingMax)) {
    (void)skip();
  } else if (peek() == '[') {
    array(path, level);
  } else if (path.empty()) {
    found_.push_back(skip());
  } else if (peek() == '{') {
    object(path, level);
  } else {
    (void)skip();
  }
}

void JsonSplitter::array(std::span<const std::string> path, int level) {
  ++at_;
  while (at_ < places_.size() && peek() != ']') {
    if (peek() == ',') {
      ++at_;
    } else if (path.empty()) {
      found_.push_back(skip());
    } else {
      walk(path, level + 1);
    }
  }
  ++at_;
}

void JsonSplitter::object(std::span<const std::string> path, int level) {
  ++at_;
  while (at_ < places_.size() && peek() != '}') {
    if (peek() == ',') {
      ++at_;
      continue;
    }
    const std::string_view key = skip();  // with its quotes
    if (peek() == ':') ++at_;
    if (key.size() == path.front().size() + 2 && key.substr(1, key.size() - 2) == path.front()) {
      walk(path.subspan(1), level + 1);
    } else {
      (void)skip();
    }
  }
  ++at_;
}

}  // namespace countersign
