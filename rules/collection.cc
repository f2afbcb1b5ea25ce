// SPDX-License-Identifier: Apache-2.0
#include "rules/collection.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/core.h>

#include "core/limits.h"

namespace countersign {
namespace {

constexpr std::size_t kNodeBytes = 64;  // what a node counts against kCollectionBytesMax

/// What `more` says replaces what `base` says; maps are joined.
void join_maps(YamlNode& base, const YamlNode& more) {
  base.keys.reserve(base.keys.size() + more.keys.size());  // keeps the views below
  std::unordered_map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < base.keys.size(); ++i) places.emplace(base.keys[i].text, i);
  for (std::size_t i = 0; i < more.items.size(); ++i) {
    const auto place = places.find(more.keys[i].text);
    if (place == places.end()) {
      base.keys.push_back(more.keys[i]);
      base.items.push_back(more.items[i]);
    } else if (YamlNode& item = base.items[place->second]; item.is_map() && more.items[i].is_map()) {
      join_maps(item, more.items[i]);
    } else {
      item = more.items[i];
    }
  }
}

void remove_key(YamlNode& map, std::string_view name) {
  const auto key =
      std::find_if(map.keys.begin(), map.keys.end(), [&](const YamlNode& each) { return each.text == name; });
  if (key == map.keys.end()) return;
  map.items.erase(map.items.begin() + (key - map.keys.begin()));
  map.keys.erase(key);
}

std::string documents_of(const Collection::Member& earlier, const Collection::Member& later) {
  std::string text = earlier.text;
  append_document(text, later.text);
  return text;
}

bool is_detection(const YamlNode& root) {
  return root.is_map() && root.find("correlation") == nullptr && root.find("filter") == nullptr;
}

}  // namespace

Collection::Role Collection::add(Member& member, Findings& findings) {
  const YamlNode* found = member.root.find("action");
  if (!lenient_) {
    if (found == nullptr && !strict_since_) return Role::Rule;
    if (!strict_since_) strict_since_ = found->where.line;
    return refuse(found != nullptr ? found->where : member.root.where,
                  fmt::format("collections with `action` are not part of Sigma 2; this one starts at line {}",
                              *strict_since_),
                  "write every rule out in full, or load it with --lenient", findings);
  }
  if (broken_)
    return refuse(
        member.root.where,
        fmt::format("it may depend on the document with `action` at line {}, which cannot be read", *broken_),
        "", findings);
  if (found != nullptr) {
    const YamlNode action = *found;
    remove_key(member.root, "action");
    return add_action(action, member, findings);
  }
  if (!is_detection(member.root)) return Role::Rule;
  if (global_) {
    if (!within_limit(*global_, member, findings)) return Role::Refused;
    join_maps(member.root, global_->root);
    member.text = documents_of(*global_, member);
    member.inherits_id = global_->root.find("id") != nullptr;
  }
  previous_ = member;
  return Role::Rule;
}

void Collection::add_unreadable(const YamlDocument& document) {
  const bool action =
      document.text.starts_with("action:") || document.text.find("\naction:") != std::string_view::npos;
  if (lenient_ && action && !broken_) broken_ = document.first_line;
}

Collection::Role Collection::add_action(const YamlNode& action, Member& member, Findings& findings) {
  const std::string& name = action.text;
  const auto warn = [&](std::string_view what) {
    findings.add("document.collection", action.where, fmt::format("`action: {}` of Sigma 1: {}", name, what),
                 "other tools may refuse it; write every rule out in full");
  };
  if (name == "global") {
    warn("it joins the rules that follow");
    global_ = previous_ = std::move(member);
    return Role::Part;
  }
  if (name == "reset") {
    warn("what was global no longer joins");
    global_.reset();
    return Role::Part;
  }
  if (name != "repeat")
    return refuse(action.where, fmt::format("there is no action `{}`", name), "global, reset or repeat",
                  findings);
  if (!previous_) return refuse(action.where, "there is no document before to repeat", "", findings);
  warn("it joins the document before");
  if (!within_limit(*previous_, member, findings)) return Role::Refused;
  previous_->inherits_id = member.root.find("id") == nullptr;
  previous_->text = documents_of(*previous_, member);
  join_maps(previous_->root, member.root);
  member = *previous_;
  return Role::Rule;
}

Collection::Role Collection::refuse(Position where, std::string message, std::string hint,
                                    Findings& findings) {
  findings.add("document.action", where, std::move(message), std::move(hint));
  return Role::Refused;
}

bool Collection::within_limit(const Member& a, const Member& b, Findings& findings) {
  bytes_ += a.text.size() + b.text.size() + kNodeBytes * (count_nodes(a.root) + count_nodes(b.root));
  if (bytes_ <= kCollectionBytesMax) return true;
  refuse(b.root.where,
         fmt::format("the documents of the collection have more than {} MiB when they are joined",
                     kCollectionBytesMax / kMiB),
         "split the file", findings);
  return false;
}

void append_document(std::string& documents, std::string_view text) {
  if (!documents.empty() && !documents.ends_with('\n')) documents.push_back('\n');
  if (!documents.empty() && !text.starts_with("---")) documents += "---\n";
  documents += text;
}

}  // namespace countersign
