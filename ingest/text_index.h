// SPDX-License-Identifier: Apache-2.0
// Which shapes of text a line may have: one pass over the line finds the texts that all shapes ask for, so that the
// number of packs hardly matters. Immutable; any thread, each with a TextIndex::Scan of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "ingest/pack_program.h"
#include "rules/plan/literal_scanner.h"

namespace countersign {

/// A shape of another format than JSON, in the order of trying.
struct TextShape {
  const Pack* pack = nullptr;
  const Shape* shape = nullptr;
  std::uint32_t parser = 0;                        // equal numbers: the same parser
  std::vector<std::vector<std::uint32_t>> needed;  // of each alternative: texts that have to stand in the line
};

class TextIndex {
 public:
  /// `packs` in the order of trying; they outlive the index.
  explicit TextIndex(std::span<const std::unique_ptr<const Pack>> packs);

  std::span<const TextShape> shapes() const { return shapes_; }

  /// What one line holds. One thread.
  class Scan {
   public:
    explicit Scan(const TextIndex& index);
    void look(std::string_view line);
    /// Whether the line holds all texts of some alternative of `shape`, or the shape asks for none.
    bool may_be(const TextShape& shape) const;

   private:
    const TextIndex* index_;
    ScanScratch scratch_;
    std::vector<bool> found_;  // by text
  };

 private:
  std::vector<TextShape> shapes_;
  std::vector<std::string> texts_;
  std::unique_ptr<const LiteralScanner> scanner_;  // null: no shape asks for a text
};

}  // namespace countersign
