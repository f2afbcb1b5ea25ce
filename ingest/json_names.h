// SPDX-License-Identifier: Apache-2.0
// Names of members that were read before. Events of one kind have the same members in the same order: which
// name comes next is mostly known before it is read, with its dotted path and hash. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/event.h"

namespace countersign {

class JsonNames {
 public:
  struct Name;
  /// What comes next as a rule: what came last, and what came before that.
  using Guesses = std::array<Name*, 2>;
  struct Name {
    FieldKey path;             // dotted, from the event's top
    std::string_view written;  // the last part as it stands between its quotes, escapes and all
    Guesses first{};           // the members with which it began, when it was an object
    Guesses next{};            // the members that followed it
    /// The path as Sigma writes it, without the blanks that Windows puts into some names (rules.md §1.2);
    /// null: there is no blank in it.
    const FieldKey* without_blanks = nullptr;
    bool disguised = false;  // as JsonString::disguised
  };

  JsonNames();

  Name& top() { return *top_; }
  std::size_t size() const { return names_.size(); }
  /// Forgets all names when there are more than a reader should keep. Call it between events: names of an
  /// event live until then.
  void trim();
  /// The member of `parent` with that name, read as `content`.
  Name& member(Name& parent, std::string_view written, std::string_view content, bool disguised);

 private:
  struct Place {
    const Name* parent;
    std::string_view written;  // of the Name
    bool operator==(const Place&) const = default;
  };
  struct PlaceHash {
    std::size_t operator()(const Place& place) const;
  };

  // What is referred to never moves.
  std::deque<Name> names_;
  std::deque<FieldKey> without_blanks_;
  std::deque<std::string> escaped_;  // parts that are written in another way than they read
  std::unordered_map<Place, Name*, PlaceHash> by_place_;
  Name* top_ = nullptr;
};

}  // namespace countersign
