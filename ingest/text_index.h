// SPDX-License-Identifier: Apache-2.0
// Which shapes of text a line may have: of each way to recognise a shape the longest of its texts is looked
// for, all of them in one pass over the line, so that the number of packs hardly matters. Immutable; any
// thread, each with a TextIndex::Scan of its own.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
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
};

/// Whether all texts that `test` asks for stand in `message`.
inline bool holds_texts(const ShapeTest& test, std::string_view message) {
  return std::all_of(test.text.begin(), test.text.end(),
                     [&](const std::string& text) { return message.find(text) != std::string_view::npos; });
}

class TextIndex {
 public:
  /// A way to recognise a shape.
  struct Alternative {
    std::uint32_t shape = 0;
    const ShapeTest* test = nullptr;  // null: the shape knows every line
    bool asks_header = false;         // for a field `log.syslog.…`, which is known before the line is read
  };

  /// `packs` in the order of trying; they outlive the index.
  explicit TextIndex(std::span<const std::unique_ptr<const Pack>> packs);

  std::span<const TextShape> shapes() const { return shapes_; }

  /// What one line holds. One thread.
  class Scan {
   public:
    explicit Scan(const TextIndex& index);
    /// The alternatives of which the line holds all texts, in the order of their shapes. Valid until the next
    /// call.
    const std::vector<Alternative>& look(std::string_view line);

   private:
    void found(std::uint32_t text);

    const TextIndex* index_;
    ScanScratch scratch_;
    std::uint64_t line_ = 0;             // counts the lines
    std::vector<std::uint64_t> seen_;    // by text: the last line that holds it
    std::vector<std::uint32_t> askers_;  // alternatives by number
    std::vector<Alternative> candidates_;
  };

 private:
  void index_texts();

  std::vector<TextShape> shapes_;
  std::vector<Alternative> alternatives_;
  std::vector<std::uint32_t> always_;  // alternatives that ask for no text
  std::vector<std::string> texts_;     // of each other alternative the longest; first those for the scanner
  std::vector<std::vector<std::uint32_t>> askers_;  // by text: the alternatives that ask for it
  std::size_t scanned_ = 0;                         // so many texts are looked for by the scanner
  std::unique_ptr<const LiteralScanner> scanner_;   // null: none is
};

}  // namespace countersign
