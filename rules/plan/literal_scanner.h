// SPDX-License-Identifier: Apache-2.0
// Finds all of many texts in one pass over a value, with vectorscan. Immutable once compiled; any thread,
// each with a ScanScratch of its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace countersign {

class LiteralScanner;

/// Room that scanning needs. One thread; may be used with every scanner it was prepared for.
class ScanScratch {
 public:
  ScanScratch();
  ~ScanScratch();
  ScanScratch(ScanScratch&&) noexcept;
  ScanScratch& operator=(ScanScratch&&) noexcept;
  /// Errors: Internal (no memory).
  Result<void> prepare(const LiteralScanner& scanner);

 private:
  friend class LiteralScanner;
  struct State;
  std::unique_ptr<State> state_;
};

class LiteralScanner {
 public:
  enum class Case : std::uint8_t { Exact, AsciiIgnored };

  /// `texts` are not empty and compare byte by byte. With a folder, the compiled form is kept there under the
  /// hash of the texts and of what it was compiled by and for; a file that is damaged or of another machine
  /// is made anew, and a folder that cannot be written is no error. Errors: Internal (vectorscan refuses).
  static Result<std::unique_ptr<const LiteralScanner>> compile(const std::vector<std::string>& texts,
                                                               Case letter_case,
                                                               const std::filesystem::path& cache_folder);
  ~LiteralScanner();

  /// Calls `found(index of the text, context)` each time one of the texts ends in `value`.
  using Found = void (*)(std::uint32_t text, void* context);
  void scan(std::string_view value, ScanScratch& scratch, Found found, void* context) const;
  /// Whether any of the texts stands in `value`.
  bool finds_any(std::string_view value, ScanScratch& scratch) const;

  /// In memory.
  std::size_t size_bytes() const;

 private:
  friend class ScanScratch;
  struct Database;
  explicit LiteralScanner(std::unique_ptr<Database> database);
  std::unique_ptr<Database> database_;
};

}  // namespace countersign
