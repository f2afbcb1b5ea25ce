// SPDX-License-Identifier: Apache-2.0
// Rules and packs as configured, or those that ship. Any thread; reads files.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "core/result.h"
#include "ingest/pack_set.h"
#include "rules/diagnostic.h"
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
  std::shared_ptr<const PackSet> packs;
  RuleCounts counts;
  std::vector<Diagnostic> findings;  // of both
};

/// Empty lists stand for the shipped library and packs. A file with errors never stops the others.
/// Errors: NotFound (a path does not exist), and those of load_packs.
Result<Detection> load_detection_sets(std::vector<std::filesystem::path> rules,
                                      std::vector<std::filesystem::path> packs,
                                      bool include_deprecated = false, bool include_unsupported = false);

}  // namespace countersign
