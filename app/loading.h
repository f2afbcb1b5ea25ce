// SPDX-License-Identifier: Apache-2.0
// Rules and packs as configured, or those that ship. Any thread; reads files.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "core/result.h"
#include "ingest/pack_set.h"
#include "ingest/pack_tests.h"
#include "rules/diagnostic.h"
#include "rules/loader.h"
#include "rules/plan/plan.h"
#include "rules/rule_set.h"

namespace countersign {

struct RuleCounts {
  std::size_t documents = 0;
  std::size_t loaded = 0;
  std::size_t refused = 0;
  std::size_t skipped = 0;
};

struct Detection {
  std::shared_ptr<const RuleSet> rules;
  std::shared_ptr<const Plan> plan;  // of both; null until build_plan()
  std::shared_ptr<const PackSet> packs;
  RuleCounts counts;
  std::vector<Diagnostic> findings;  // of both
  std::vector<PackTest> pack_tests;  // that stand in the packs
};

/// Whether matches can have this rule: one of the rules, or `vendor:` and the name of a pack.
bool has_rule(const Detection& detection, const RuleId& id);

/// What to load. Empty lists stand for the shipped library and packs.
struct DetectionPaths {
  std::vector<std::filesystem::path> rules;
  std::vector<std::filesystem::path> packs;
  std::filesystem::path cache;   // folder of compiled patterns; empty: none
  std::filesystem::path values;  // file of values for placeholders; empty: none
  bool lenient = false;
  bool include_deprecated = false;
  bool include_unsupported = false;
};

/// The rules alone. Errors: those of load_rules and load_rule_values.
Result<RuleLoad> load_rules_of(const DetectionPaths& paths);

/// `paths` with the folder that ships in place of the word `shipped` and of an empty list. `kind`: rules or
/// packs.
std::vector<std::filesystem::path> or_shipped(std::vector<std::filesystem::path> paths, const char* kind);
/// The same for both.
DetectionPaths with_shipped(DetectionPaths paths);

/// Rules and packs without the plan. A file with errors never stops the others. Errors: those of
/// load_rules_of and load_packs.
Result<Detection> load_sets(const DetectionPaths& paths);
/// Errors: those of Plan::build.
Result<void> build_plan(Detection& detection, const std::filesystem::path& cache);
/// Both.
Result<Detection> load_detection_sets(const DetectionPaths& paths);

/// Where a command without a data folder keeps compiled patterns: below $XDG_CACHE_HOME or ~/.cache; empty
/// when the environment names neither.
std::filesystem::path user_cache_folder();

}  // namespace countersign
