// SPDX-License-Identifier: Apache-2.0
// The detection rules that are in force: what alerts need to know of each, and (inside) how each is matched.
// Immutable once built; shared by all threads through std::shared_ptr<const RuleSet>. A new version is built
// aside by the loader and swapped in.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/hash.h"
#include "core/ids.h"
#include "core/log_source.h"
#include "core/report.h"

namespace countersign {

/// Sigma `status` of a rule that can be loaded. A rule that names none counts as Experimental.
enum class RuleStatus : std::uint8_t { Stable, Test, Experimental, Deprecated, Unsupported };
std::string_view to_string(RuleStatus status);
std::optional<RuleStatus> parse_rule_status(std::string_view text);

struct RuleInfo {
  RuleId id;         // Sigma `id` in lower case; without one `file:` and the path (and `#n` after the first)
  std::string name;  // for references from correlations; may be empty
  std::string title;
  Level level = Level::Medium;  // what a rule without `level` gets
  RuleStatus status = RuleStatus::Experimental;
  std::string author;
  std::string description;
  std::vector<std::string> references;
  std::vector<std::string> tags;
  LogSource log_source;
  Hash256 content;                                   // SHA-256 of RuleSet::Rule::document
  std::string file;                                  // as given to the loader
  int line = 0;                                      // where its document starts
  std::vector<std::string> group_by;                 // empty: the default of the event's pack
  std::optional<std::chrono::seconds> group_window;  // empty: no window
  bool generate = true;                              // false: its matches only feed correlations
  std::vector<std::string> filters;                  // titles of those that act on it
};

struct CompiledRules;  // rules/compiled_rule.h

class RuleSet {
 public:
  struct Rule {
    RuleInfo info;
    /// All that makes the rule: its document as it stands in its file (of a collection, those joined) and,
    /// when filters act on it or placeholders stand in it, one that names their texts by SHA-256.
    std::string document;
  };

  /// `joined`: the documents that rules name by their hashes. REQUIRES: rules ascend by id, no id twice;
  /// compiled->rules[i] belongs to rules[i]. The loader calls it.
  RuleSet(std::vector<Rule> rules, std::unique_ptr<const CompiledRules> compiled,
          std::map<Hash256, std::string> joined);
  ~RuleSet();
  RuleSet(const RuleSet&) = delete;
  RuleSet& operator=(const RuleSet&) = delete;

  /// Ascending by id; a match is an index into it.
  const std::vector<RuleInfo>& rules() const { return infos_; }
  /// SHA-256 over, for each rule: 8-byte big-endian length of its id, its id, its content hash.
  const Hash256& hash() const { return hash_; }
  RuleSetManifest manifest() const;
  const CompiledRules& compiled() const { return *compiled_; }

 private:
  std::vector<RuleInfo> infos_;
  std::vector<std::string> documents_;
  std::map<Hash256, std::string> joined_;
  std::unique_ptr<const CompiledRules> compiled_;
  Hash256 hash_;
};

}  // namespace countersign
