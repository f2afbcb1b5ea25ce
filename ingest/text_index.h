// SPDX-License-Identifier: Apache-2.0
// Which shapes of text a line may have: one pass over the line finds the texts that all shapes ask for, so
// that the number of packs hardly matters. Immutable; any thread, each with a TextIndex::Scan of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "ingest/pack_program.h"
#include "rules/plan/literal_scanner.h"

namespace countersign {

/// Names of what a syslog header says begin so.
inline constexpr std::string_view kSyslogFields = "log.syslog.";

/// A shape of another format than JSON, in the order of trying.
struct TextShape {
  const Pack* pack = nullptr;
  const Shape* shape = nullptr;
  std::uint32_t parser = 0;  // equal numbers: the same parser
  bool asks_header =
      false;  // each alternative asks for a field `log.syslog.…`, which is known before the line is read
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
    /// Numbers of the shapes, ascending, that ask for no text or of which the line holds all texts of some
    /// alternative. Valid until the next call.
    const std::vector<std::uint32_t>& look(std::string_view line);

   private:
    void found(std::uint32_t text);

    const TextIndex* index_;
    ScanScratch scratch_;
    std::uint64_t line_ = 0;              // counts the lines
    std::vector<std::uint64_t> seen_;     // by text: the last line that holds it
    std::vector<std::uint64_t> counted_;  // by alternative: the line that `held_` is of
    std::vector<std::uint32_t> held_;     // by alternative: texts that the line holds
    std::vector<std::uint32_t> candidates_;
  };

 private:
  /// One way to recognise a shape: so many texts have to stand in the line.
  struct Alternative {
    std::uint32_t shape = 0;
    std::uint32_t texts = 0;
  };

  std::vector<TextShape> shapes_;
  std::vector<std::uint32_t> always_;  // shapes that ask for no text
  std::vector<Alternative> alternatives_;
  std::vector<std::string> texts_;
  std::vector<std::vector<std::uint32_t>> askers_;  // by text: the alternatives that ask for it
  std::unique_ptr<const LiteralScanner> scanner_;   // null: no shape asks for a text
};

}  // namespace countersign
