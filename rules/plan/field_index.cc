// SPDX-License-Identifier: Apache-2.0
#include "rules/plan/field_index.h"

#include <algorithm>

namespace countersign {

Result<std::unique_ptr<const FieldIndex>> FieldIndex::build(const std::vector<Witness>& witnesses,
                                                            const std::vector<WitnessId>& ids,
                                                            const std::filesystem::path& cache_folder) {
  std::unique_ptr<FieldIndex> index(new FieldIndex);  // its constructor is private
  index->field_ = witnesses[ids.front()].field;
  std::vector<IndexedText> texts;
  std::vector<IndexedText> number_texts;
  std::vector<std::pair<Number, std::uint32_t>> numbers;
  std::vector<std::pair<Network, std::uint32_t>> networks;
  std::vector<std::string> scanned;
  const auto scan = [&](WitnessId id) {
    scanned.push_back(witnesses[id].text);
    index->scanned_.push_back(id);
  };
  for (const WitnessId id : ids) {
    const Witness& witness = witnesses[id];
    switch (witness.kind) {
      case Witness::Kind::Equal: texts.push_back({IndexedText::Where::Equal, witness.text, id}); break;
      case Witness::Kind::Prefix: texts.push_back({IndexedText::Where::Prefix, witness.text, id}); break;
      case Witness::Kind::Suffix: texts.push_back({IndexedText::Where::Suffix, witness.text, id}); break;
      case Witness::Kind::Contains:
        if (is_anchored_text(witness.text)) {
          texts.push_back({IndexedText::Where::Anchored, witness.text, id});
        } else {
          scan(id);
        }
        break;
      case Witness::Kind::Keyword: scan(id); break;
      case Witness::Kind::Number:
        numbers.emplace_back(witness.number, id);
        number_texts.push_back({IndexedText::Where::Equal, witness.text, id});
        break;
      case Witness::Kind::Network: networks.emplace_back(witness.network, id); break;
    }
  }
  index->reads_text_ = !texts.empty() || !number_texts.empty() || !scanned.empty();
  index->texts_ = TextIndex(std::move(texts));
  index->number_texts_ = TextIndex(std::move(number_texts));
  index->numbers_ = NumberIndex(numbers);
  index->networks_ = NetworkIndex(networks);
  if (!scanned.empty()) {
    const auto shortest = std::min_element(scanned.begin(), scanned.end(),
                                           [](const auto& a, const auto& b) { return a.size() < b.size(); });
    index->scanned_bytes_min_ = shortest->size();
    auto scanner = LiteralScanner::compile(scanned, LiteralScanner::Case::Exact, cache_folder);
    if (!scanner) return failure(scanner.error());
    index->scanner_ = std::move(*scanner);
  }
  if (witnesses[ids.front()].kind == Witness::Kind::Keyword) {
    auto filter = RawFilter::build(scanned, cache_folder);
    if (!filter) return failure(filter.error());
    index->raw_filter_ = std::move(*filter);
  }
  return index;
}

}  // namespace countersign
