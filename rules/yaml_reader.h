// SPDX-License-Identifier: Apache-2.0
// YAML text → trees that know where each node stands. Refuses what makes a rule mean something else than it
// looks like (duplicate keys, merge keys, foreign tags) and what makes it explode (depth, size, aliases).
// Aliases are copied, so that whoever reads the tree sees plain nodes. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/findings.h"

namespace countersign {

inline constexpr std::size_t kYamlNodesMax = 100'000;  // of one document, aliases expanded

struct YamlNode {
  enum class Kind : std::uint8_t { Null, Scalar, Sequence, Map };

  Kind kind = Kind::Null;
  bool plain = false;  // a scalar (or null) written without quotes or block: its type follows from its text
  bool block = false;  // a block scalar: its text starts on a later line
  Position where;
  std::string text;             // Scalar
  std::vector<YamlNode> items;  // Sequence: the members; Map: the values
  std::vector<YamlNode> keys;   // Map: one scalar for each item

  bool is_scalar() const { return kind == Kind::Scalar; }
  bool is_sequence() const { return kind == Kind::Sequence; }
  bool is_map() const { return kind == Kind::Map; }
  bool is_null() const { return kind == Kind::Null; }
  /// The value under `key`, or null.
  const YamlNode* find(std::string_view key) const;
};

/// Of the tree, keys too.
std::size_t count_nodes(const YamlNode& node);

/// "a text", "a list" … for messages.
std::string_view kind_name(const YamlNode& node);

/// Where the character at byte `offset` of a scalar's text stands; exact for scalars on one line without
/// escapes, else the scalar's own place.
Position position_in(const YamlNode& scalar, std::size_t offset);

struct YamlDocument {
  std::string_view text;  // as it stands in the file, from its `---` (if any) to before the next
  int first_line = 1;
  bool readable = false;  // false: `findings` say why, `root` is empty
  YamlNode root;
};

/// `text` must outlive the result. Documents without content are left out.
std::vector<YamlDocument> read_yaml(std::string_view text, Findings& findings);

}  // namespace countersign
