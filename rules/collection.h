// SPDX-License-Identifier: Apache-2.0
// Collections of Sigma 1: documents of one file that their key `action` joins.
//
//   global   what it says joins every later rule of the file, until the next global or reset
//   reset    ends that
//   repeat   what it says joins the document before, and makes a further rule of the two
//
// Maps are joined key by key; of anything else what is joined replaces what was there (as in pySigma).
// Correlations and filters are left as they are. Sigma 2 has no collections: strictly, every document from
// the first such one on is refused. One object a file; one thread.
#pragma once

#include <optional>
#include <string>

#include "rules/findings.h"
#include "rules/yaml_reader.h"

namespace countersign {

class Collection {
 public:
  explicit Collection(bool lenient) : lenient_(lenient) {}

  enum class Role : std::uint8_t {
    Rule,     // a document by itself, or made whole
    Part,     // no rule by itself
    Refused,  // with a finding `document.action`
  };
  struct Member {
    YamlNode root;
    std::string text;
    bool inherits_id = false;  // its `id` comes from another document
  };

  /// Called for each document of the file in order; makes `member`, as read, whole.
  Role add(Member& member, Findings& findings);
  /// … and for one that cannot be read.
  void add_unreadable(const YamlDocument& document);

 private:
  Role refuse(Position where, std::string message, std::string hint, Findings& findings);
  Role add_action(const YamlNode& action, Member& member, Findings& findings);
  bool within_limit(const Member& a, const Member& b, Findings& findings);

  bool lenient_;
  std::optional<int> strict_since_;  // the line of the first document with `action`
  std::optional<int> broken_;        // the line of a document with `action` that cannot be read
  std::optional<Member> global_;
  std::optional<Member> previous_;
  std::size_t bytes_ = 0;  // of all that was joined
};

/// Appends `text`, one YAML document, to `documents`.
void append_document(std::string& documents, std::string_view text);

}  // namespace countersign
