// SPDX-License-Identifier: Apache-2.0
// Modifier `expand`: what the placeholders `%name%` in the values of one document stand for.
//
// A value with placeholders becomes one for each combination of their values, any of which may hold, also
// under `all`. The characters of a value stand for themselves: `*`, `?` and `\` are no wildcards or escapes,
// and mean nothing to a regular expression. `\%` is a percent sign. One thread.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "rules/findings.h"
#include "rules/rule_document.h"
#include "rules/rule_values.h"

namespace countersign {

class Placeholders {
 public:
  /// `values` must outlive it.
  explicit Placeholders(const RuleValues& values) : values_(values) {}

  /// What `value`, one of `item`'s, stands for; itself when the item has no `expand`. Empty: refused, with a
  /// finding for each name that has no values (`value.placeholder`) or for too many
  /// (`value.placeholder_limit`).
  std::vector<RuleScalar> expand(const DetectionItem& item, const RuleScalar& value, Findings& findings);

  /// The names replaced so far.
  const std::set<std::string>& used() const { return used_; }

 private:
  struct Part {
    bool placeholder = false;
    std::string text;  // a name, or text as the rest of the chain reads it
  };
  std::vector<Part> split(const std::string& text, bool regex) const;
  bool know_all(const std::vector<Part>& parts, Position where, Findings& findings) const;
  bool within_limits(const std::vector<Part>& parts, Position where, Findings& findings);

  const RuleValues& values_;
  std::set<std::string> used_;
  std::size_t made_ = 0;
};

}  // namespace countersign
