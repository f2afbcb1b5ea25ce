// SPDX-License-Identifier: Apache-2.0
// All witnesses on one field that a group of rules has: finds which of them a value shows. Immutable once
// built; any thread.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "rules/event_view.h"
#include "rules/plan/literal_scanner.h"
#include "rules/plan/raw_filter.h"
#include "rules/plan/text_index.h"
#include "rules/plan/value_index.h"
#include "rules/plan/witness.h"

namespace countersign {

class FieldIndex {
 public:
  /// `ids` are all on one field, or all keywords. Errors: those of LiteralScanner::compile.
  static Result<std::unique_ptr<const FieldIndex>> build(const std::vector<Witness>& witnesses,
                                                         const std::vector<WitnessId>& ids,
                                                         const std::filesystem::path& cache_folder);

  FieldId field() const { return field_; }
  const LiteralScanner* scanner() const { return scanner_.get(); }
  /// Of keywords; null: every event must be searched.
  const RawFilter* raw_filter() const { return raw_filter_.get(); }

  /// True for values that take longer to search than to be looked up in a WitnessCache.
  bool is_searched(const Value& value) const {
    return scanner_ != nullptr && value.type == ValueType::String && value.text.size() >= scanned_bytes_min_;
  }

  /// Calls `hit(WitnessId)` for each witness that the value at `index` shows, perhaps more than once.
  template <class Hit>
  void find(EventView& event, std::uint32_t index, ScanScratch& scratch, Hit& hit) const {
    const Value& value = event.value(index);
    if (!has_text(value)) return;
    if (!numbers_.empty() && value.is_number()) numbers_.find(value, hit);
    if (value.type == ValueType::String && !networks_.empty())
      if (const std::optional<Address> address = parse_address(value.text)) networks_.find(*address, hit);
    if (!reads_text_) return;
    const std::string_view text = event.folded(index);
    if (value.type == ValueType::String && !number_texts_.empty()) number_texts_.find(text, hit);
    if (!texts_.empty()) texts_.find(text, hit);
    if (scanner_ != nullptr && text.size() >= scanned_bytes_min_) search(text, scratch, hit);
  }

  /// The same for a text that keywords are searched in.
  template <class Hit>
  void search(std::string_view folded, ScanScratch& scratch, Hit& hit) const {
    struct Context {
      const std::vector<WitnessId>* ids;
      Hit* hit;
    };
    Context context{&scanned_, &hit};
    scanner_->scan(
        folded, scratch,
        [](std::uint32_t text, void* raw) {
          const Context& found = *static_cast<const Context*>(raw);
          (*found.hit)((*found.ids)[text]);
        },
        &context);
  }

 private:
  FieldIndex() = default;

  FieldId field_ = 0;
  bool reads_text_ = false;
  NumberIndex numbers_;
  TextIndex number_texts_;  // what spells those numbers, in strings
  NetworkIndex networks_;
  TextIndex texts_;
  std::unique_ptr<const LiteralScanner> scanner_;
  std::unique_ptr<const RawFilter> raw_filter_;
  std::vector<WitnessId> scanned_;     // by the scanner's index
  std::size_t scanned_bytes_min_ = 0;  // the shortest text that is searched for
};

}  // namespace countersign
