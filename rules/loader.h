// SPDX-License-Identifier: Apache-2.0
// Sigma files → a RuleSet and everything that is wrong with them: rules with their filters joined and their
// placeholders replaced. A rule with an error is refused and never stops the others. Pure but for reading
// files; any thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/limits.h"
#include "core/result.h"
#include "rules/diagnostic.h"
#include "rules/rule_set.h"
#include "rules/rule_values.h"

namespace countersign {

struct LoadOptions {
  bool include_deprecated = false;
  bool include_unsupported = false;
  /// Collections of Sigma 1 are read, and networks with bits beyond their prefix; each with a warning.
  bool lenient = false;
  RuleValues values = {};  // of placeholders; its findings are reported as well
  std::size_t rules_max = kRulesMax;
  std::size_t filter_parts_max = kFilterPartsMax;
};

struct RuleLoad {
  std::shared_ptr<const RuleSet> rules;  // never null
  std::vector<Diagnostic> findings;      // by file, line, column
  std::size_t files = 0;
  std::size_t documents = 0;  // rules, correlations, filters: loaded + refused + skipped
  std::size_t loaded = 0;     // correlations and filters too; the former with a warning `inactive`
  std::size_t refused = 0;    // at least one error each
  std::size_t skipped = 0;    // status deprecated or unsupported, not asked for
};

/// Reads the files *.yml and *.yaml below each folder (links to folders are not followed) and each file
/// named. All files are read in the order of their paths: of two rules with one id or name the earlier is
/// kept. Errors: NotFound (a path that does not exist), Unavailable (a folder that cannot be read).
Result<RuleLoad> load_rules(const std::vector<std::filesystem::path>& paths, const LoadOptions& options);

/// One file given as text; `name` stands for its path.
RuleLoad load_rule_text(const std::string& name, std::string_view text, const LoadOptions& options = {});

}  // namespace countersign
