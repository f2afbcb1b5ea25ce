// SPDX-License-Identifier: Apache-2.0
#include "ingest/text_index.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "core/invariant.h"

namespace countersign {
namespace {

// One shorter text makes vectorscan go byte by byte instead of in steps of four; there are few, and most are
// found or missed at once.
constexpr std::size_t kScannedBytesMin = 4;

bool asks_header(const ShapeTest& test) {
  return std::any_of(test.fields.begin(), test.fields.end(), [](const FieldCondition& condition) {
    return condition.field.name.starts_with(kSyslogFields);
  });
}

/// The text of `test` that fewest lines of others hold.
const std::string& rarest(const ShapeTest& test) {
  return *std::max_element(test.text.begin(), test.text.end(),
                           [](const std::string& a, const std::string& b) { return a.size() < b.size(); });
}

}  // namespace

TextIndex::TextIndex(std::span<const std::unique_ptr<const Pack>> packs) {
  std::vector<const Parser*> parsers;
  for (const auto& pack : packs) {
    for (const Shape& shape : pack->shapes) {
      if (shape.parser.format == MessageFormat::Json) continue;
      const auto number = static_cast<std::uint32_t>(shapes_.size());
      const auto same = std::find_if(parsers.begin(), parsers.end(),
                                     [&](const Parser* known) { return *known == shape.parser; });
      shapes_.push_back({pack.get(), &shape, static_cast<std::uint32_t>(same - parsers.begin())});
      if (same == parsers.end()) parsers.push_back(&shape.parser);
      if (shape.any.empty()) alternatives_.push_back({number, nullptr, false});
      for (const ShapeTest& test : shape.any) alternatives_.push_back({number, &test, asks_header(test)});
    }
  }
  index_texts();
  if (scanned_ == 0) return;
  auto scanner =
      LiteralScanner::compile({texts_.begin(), texts_.begin() + static_cast<std::ptrdiff_t>(scanned_)},
                              LiteralScanner::Case::Exact, {});
  invariant(scanner.has_value());  // the reader bounds the texts of packs
  scanner_ = std::move(*scanner);
}

void TextIndex::index_texts() {
  // Those for the scanner come first.
  std::map<std::pair<bool, std::string_view>, std::vector<std::uint32_t>> askers;
  for (std::uint32_t number = 0; number < alternatives_.size(); ++number) {
    const ShapeTest* const test = alternatives_[number].test;
    if (test == nullptr || test->text.empty()) {
      always_.push_back(number);
      continue;
    }
    const std::string& text = rarest(*test);
    askers[{text.size() < kScannedBytesMin, text}].push_back(number);
  }
  for (auto& [key, numbers] : askers) {
    if (!key.first) ++scanned_;
    texts_.emplace_back(key.second);
    askers_.push_back(std::move(numbers));
  }
}

TextIndex::Scan::Scan(const TextIndex& index) : index_(&index), seen_(index.texts_.size()) {
  if (index.scanner_ != nullptr) invariant(scratch_.prepare(*index.scanner_).has_value());
}

const std::vector<TextIndex::Alternative>& TextIndex::Scan::look(std::string_view line) {
  ++line_;
  askers_ = index_->always_;
  if (index_->scanner_ != nullptr) {
    index_->scanner_->scan(
        line, scratch_, [](std::uint32_t text, void* context) { static_cast<Scan*>(context)->found(text); },
        this);
  }
  for (std::size_t text = index_->scanned_; text < index_->texts_.size(); ++text)
    if (line.find(index_->texts_[text]) != std::string_view::npos) found(static_cast<std::uint32_t>(text));
  std::sort(askers_.begin(), askers_.end());
  candidates_.clear();
  for (const std::uint32_t asker : askers_) {
    const Alternative& alternative = index_->alternatives_[asker];
    if (alternative.test == nullptr || holds_texts(*alternative.test, line))
      candidates_.push_back(alternative);
  }
  return candidates_;
}

void TextIndex::Scan::found(std::uint32_t text) {
  if (std::exchange(seen_[text], line_) == line_) return;
  const std::vector<std::uint32_t>& askers = index_->askers_[text];
  askers_.insert(askers_.end(), askers.begin(), askers.end());
}

}  // namespace countersign
