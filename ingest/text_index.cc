// SPDX-License-Identifier: Apache-2.0
#include "ingest/text_index.h"

#include <algorithm>
#include <map>
#include <set>
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
      const auto number = static_cast<std::uint32_t>(shapes_.size());
      const auto same = std::find_if(parsers.begin(), parsers.end(),
                                     [&](const Parser* known) { return *known == shape.parser; });
      const bool asks_header =
          !shape.any.empty() && std::all_of(shape.any.begin(), shape.any.end(), [](const ShapeTest& test) {
            return std::any_of(test.fields.begin(), test.fields.end(), [](const auto& condition) {
              return condition.field.name.starts_with(kSyslogFields);
            });
          });
      shapes_.push_back(
          {pack.get(), &shape, static_cast<std::uint32_t>(same - parsers.begin()), asks_header});
      if (same == parsers.end()) parsers.push_back(&shape.parser);
      bool always = shape.any.empty();
      for (const ShapeTest& test : shape.any) {
        const std::set<std::string> asked(test.text.begin(), test.text.end());
        always = always || asked.empty();
        const auto alternative = static_cast<std::uint32_t>(alternatives_.size());
        alternatives_.push_back({number, static_cast<std::uint32_t>(asked.size())});
        for (const std::string& text : asked) {
          const auto [place, added] = numbers.emplace(text, static_cast<std::uint32_t>(texts_.size()));
          if (added) {
            texts_.push_back(text);
            askers_.emplace_back();
          }
          askers_[place->second].push_back(alternative);
        }
      }
      if (always) always_.push_back(number);
    }
  }
  if (texts_.empty()) return;
  auto scanner = LiteralScanner::compile(texts_, LiteralScanner::Case::Exact, {});
  invariant(scanner.has_value());  // the reader bounds the texts of packs
  scanner_ = std::move(*scanner);
}

TextIndex::Scan::Scan(const TextIndex& index)
    : index_(&index),
      seen_(index.texts_.size()),
      counted_(index.alternatives_.size()),
      held_(index.alternatives_.size()) {
  if (index.scanner_ != nullptr) invariant(scratch_.prepare(*index.scanner_).has_value());
}

const std::vector<std::uint32_t>& TextIndex::Scan::look(std::string_view line) {
  ++line_;
  candidates_ = index_->always_;
  if (index_->scanner_ == nullptr) return candidates_;
  index_->scanner_->scan(
      line, scratch_, [](std::uint32_t text, void* context) { static_cast<Scan*>(context)->found(text); },
      this);
  std::sort(candidates_.begin(), candidates_.end());
  candidates_.erase(std::unique(candidates_.begin(), candidates_.end()), candidates_.end());
  return candidates_;
}

void TextIndex::Scan::found(std::uint32_t text) {
  if (std::exchange(seen_[text], line_) == line_) return;
  for (const std::uint32_t alternative : index_->askers_[text]) {
    if (std::exchange(counted_[alternative], line_) != line_) held_[alternative] = 0;
    const Alternative& known = index_->alternatives_[alternative];
    if (++held_[alternative] == known.texts) candidates_.push_back(known.shape);
  }
}

}  // namespace countersign
