// SPDX-License-Identifier: Apache-2.0
// Keywords are searched in every value of an event, folded. Nearly always none is there, and the event's own
// JSON text tells so in one pass, without a look at its values. Immutable once built; any thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/event.h"
#include "rules/plan/literal_scanner.h"

namespace countersign {

class RawFilter {
 public:
  /// Null when nothing can be said of one of the texts. Errors: those of LiteralScanner::compile.
  static Result<std::unique_ptr<const RawFilter>> build(const std::vector<std::string>& folded_texts,
                                                        const std::filesystem::path& cache_folder);

  /// False: none of the texts stands in the folded form of a text or number of the event, aliases aside.
  bool may_hold(const Event& event, ScanScratch& scratch) const;
  const LiteralScanner& scanner() const { return *scanner_; }

 private:
  explicit RawFilter(std::unique_ptr<const LiteralScanner> scanner) : scanner_(std::move(scanner)) {}
  std::unique_ptr<const LiteralScanner> scanner_;
};

}  // namespace countersign
