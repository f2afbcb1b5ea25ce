// SPDX-License-Identifier: Apache-2.0
#include "ingest/json_names.h"

#include <functional>

namespace countersign {
namespace {

// Real sources have some hundred names; whoever makes names up must not fill the memory.
constexpr std::size_t kNamesKept = 8'192;

std::string without(char byte, std::string text) {
  std::erase(text, byte);
  return text;
}

}  // namespace

std::size_t JsonNames::PlaceHash::operator()(const Place& place) const {
  return std::hash<std::string_view>{}(place.written) ^ (std::hash<const void*>{}(place.parent) * 31);
}

JsonNames::JsonNames() : top_(&names_.emplace_back(FieldKey(""))) {}

void JsonNames::trim() {
  if (size() <= kNamesKept) return;
  by_place_.clear();
  names_.clear();
  without_blanks_.clear();
  escaped_.clear();
  top_ = &names_.emplace_back(FieldKey(""));
}

JsonNames::Name& JsonNames::member(Name& parent, std::string_view written, std::string_view content,
                                   bool disguised) {
  const auto known = by_place_.find({&parent, written});
  if (known != by_place_.end()) return *known->second;
  std::string path = &parent == top_ ? std::string() : parent.path.name + '.';
  path += content;
  Name& name = names_.emplace_back(FieldKey(std::move(path)));
  const std::string_view last =
      std::string_view(name.path.name).substr(name.path.name.size() - content.size());
  name.written = written == content ? last : escaped_.emplace_back(written);
  name.disguised = disguised;
  if (name.path.name.find(' ') != std::string::npos)
    name.without_blanks = &without_blanks_.emplace_back(without(' ', name.path.name));
  by_place_.emplace(Place{&parent, name.written}, &name);
  return name;
}

}  // namespace countersign
