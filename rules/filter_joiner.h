// SPDX-License-Identifier: Apache-2.0
// Which rules each filter acts on, and what becomes of them: `(condition of the rule) and (condition of the
// filter)`, as written. A filter acts on detection rules that it names by id, name or former id, or on any,
// whose log source has every attribute that the filter's names. Its selections stay its own: no pattern of
// the rule sees them, nor the other way round. One thread.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "rules/compiled_rule.h"
#include "rules/filter_reader.h"
#include "rules/findings.h"
#include "rules/rule_set.h"

namespace countersign {

struct LoadedRule {
  RuleInfo info;
  std::string document;  // as it stands in its file
  CompiledRule compiled;
  std::vector<std::string> former_ids;
  std::set<std::string> placeholders;  // whose values it uses, those of its filters too
  std::vector<Hash256> filters;        // of the documents of those that act on it
};

struct LoadedFilter {
  RuleInfo info;
  std::string document;
  ReadFilter filter;
  std::set<std::string> placeholders;
  bool refused = false;  // it acts on nothing, and it is said on what it would have acted
};

class FilterJoiner {
 public:
  /// `rules` and `others`, the ids and names of documents that are no detection rules, must outlive it.
  /// `parts_max`: what all filters together may add to rules, in selections and parts of conditions.
  FilterJoiner(std::vector<LoadedRule>& rules, const std::set<std::string>& others, std::size_t parts_max);

  /// False: refused just now, because there are too many. Findings: `filter.unmatched`, `filter.unused`,
  /// `filter.refused`, `filter.limit`.
  bool join(const LoadedFilter& filter, Findings& findings);

 private:
  std::vector<std::size_t> targets_of(const LoadedFilter& filter, Findings& findings) const;
  std::vector<std::size_t> rules_called(const std::string& reference) const;
  void report_refused(const LoadedFilter& filter, std::span<const std::size_t> targets,
                      Findings& findings) const;

  std::vector<LoadedRule>& rules_;
  const std::set<std::string>& others_;
  std::multimap<std::string, std::size_t> by_id_;  // also former ones, in lower case
  std::multimap<std::string, std::size_t> by_name_;
  std::size_t parts_max_;
  std::size_t parts_ = 0;
};

}  // namespace countersign
