// SPDX-License-Identifier: Apache-2.0
#include "rules/plan/raw_filter.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/case_fold.h"
#include "core/json_text.h"

namespace countersign {
namespace {

/// Long enough to be rare, and what vectorscan looks at in one step.
constexpr std::size_t kPartBytes = 4;

/// All parts of `text` of kPartBytes plain characters.
std::set<std::string_view> parts_of(std::string_view text) {
  std::set<std::string_view> parts;
  for (std::size_t at = 0; at + kPartBytes <= text.size(); ++at) {
    const std::string_view part = text.substr(at, kPartBytes);
    if (std::all_of(part.begin(), part.end(), is_plain_in_json)) parts.insert(part);
  }
  return parts;
}

/// Few parts of which every text holds one: the fewer are searched for, the faster that is. Greedy. None when
/// a text holds none at all.
std::vector<std::string> cover(std::vector<std::set<std::string_view>> texts) {
  std::vector<std::string> chosen;
  while (!texts.empty()) {
    std::map<std::string_view, std::size_t> counts;
    for (const auto& parts : texts) {
      if (parts.empty()) return {};
      for (const std::string_view part : parts) ++counts[part];
    }
    const std::string_view best =
        std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
          return a.second < b.second;
        })->first;
    chosen.emplace_back(best);
    std::erase_if(texts, [best](const auto& parts) { return parts.contains(best); });
  }
  return chosen;
}

/// Beyond ASCII, the two characters that fold to ASCII: U+017F to s and U+212A to k.
bool holds_disguise(std::string_view raw) {
  return !is_ascii(raw) &&
         (raw.find("\u017F") != std::string_view::npos || raw.find("\u212A") != std::string_view::npos);
}

}  // namespace

Result<std::unique_ptr<const RawFilter>> RawFilter::build(const std::vector<std::string>& folded_texts,
                                                          const std::filesystem::path& cache_folder) {
  std::vector<std::set<std::string_view>> parts;
  for (const std::string& text : folded_texts) parts.push_back(parts_of(text));
  const std::vector<std::string> chosen = cover(std::move(parts));
  if (chosen.empty()) return nullptr;
  auto scanner = LiteralScanner::compile(chosen, LiteralScanner::Case::AsciiIgnored, cache_folder);
  if (!scanner) return failure(scanner.error());
  return std::unique_ptr<const RawFilter>(new RawFilter(std::move(*scanner)));  // its constructor is private
}

bool RawFilter::may_hold(const Event& event, ScanScratch& scratch) const {
  return event.raw_form() != RawForm::PlainJson || holds_disguise(event.raw()) ||
         scanner_->finds_any(event.raw(), scratch);
}

}  // namespace countersign
