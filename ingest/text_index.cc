// SPDX-License-Identifier: Apache-2.0
#include "ingest/text_index.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "core/invariant.h"

namespace countersign {

TextIndex::TextIndex(std::span<const std::unique_ptr<const Pack>> packs) {
  std::map<std::string, std::uint32_t, std::less<>> numbers;
  std::vector<const Parser*> parsers;
  for (const auto& pack : packs) {
    for (const Shape& shape : pack->shapes) {
      if (shape.parser.format == MessageFormat::Json) continue;
      TextShape entry{pack.get(), &shape, 0, {}};
      const auto same = std::find_if(parsers.begin(), parsers.end(),
                                     [&](const Parser* known) { return *known == shape.parser; });
      entry.parser = static_cast<std::uint32_t>(same - parsers.begin());
      if (same == parsers.end()) parsers.push_back(&shape.parser);
      for (const ShapeTest& test : shape.any) {
        std::vector<std::uint32_t>& needed = entry.needed.emplace_back();
        for (const std::string& text : test.text) {
          const auto [place, added] = numbers.emplace(text, static_cast<std::uint32_t>(texts_.size()));
          if (added) texts_.push_back(text);
          needed.push_back(place->second);
        }
      }
      shapes_.push_back(std::move(entry));
    }
  }
  if (texts_.empty()) return;
  auto scanner = LiteralScanner::compile(texts_, LiteralScanner::Case::Exact, {});
  invariant(scanner.has_value());  // the reader bounds the texts of packs
  scanner_ = std::move(*scanner);
}

TextIndex::Scan::Scan(const TextIndex& index) : index_(&index), found_(index.texts_.size()) {
  if (index.scanner_ != nullptr)
    invariant(scratch_.prepare(*index.scanner_).has_value());
}

void TextIndex::Scan::look(std::string_view line) {
  std::fill(found_.begin(), found_.end(), false);
  if (index_->scanner_ == nullptr) return;
  index_->scanner_->scan(
      line, scratch_,
      [](std::uint32_t text, void* context) { (*static_cast<std::vector<bool>*>(context))[text] = true; }, &found_);
}

bool TextIndex::Scan::may_be(const TextShape& shape) const {
  if (shape.needed.empty()) return true;
  return std::any_of(shape.needed.begin(), shape.needed.end(), [&](const std::vector<std::uint32_t>& needed) {
    return std::all_of(needed.begin(), needed.end(), [&](std::uint32_t text) { return found_[text]; });
  });
}

}  // namespace countersign
