// SPDX-License-Identifier: Apache-2.0
// Pack files → a PackSet, with every problem of every file. docs/packs.md describes the files and lists the
// codes. Any thread; reads only what it is given.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "ingest/pack_set.h"
#include "ingest/pack_tests.h"
#include "rules/diagnostic.h"

namespace countersign {

struct PackLoad {
  /// The packs without an error finding. A refused pack does not stop the others.
  std::shared_ptr<const PackSet> packs;
  std::vector<Diagnostic> findings;
  std::vector<PackTest> tests;  // of the packs that load
  std::size_t files = 0;
  std::size_t refused = 0;
};

/// A pack file that is in memory already.
struct PackText {
  std::string file;
  std::string text;
};

/// Reads files, and folders for their `*.yml` and `*.yaml` (with all folders inside). Errors: NotFound,
/// Denied (a path cannot be read), InvalidArgument (no pack file at all).
Result<PackLoad> load_packs(const std::vector<std::filesystem::path>& paths);

PackLoad load_pack_texts(const std::vector<PackText>& texts);

}  // namespace countersign
