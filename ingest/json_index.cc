// SPDX-License-Identifier: Apache-2.0
#include "ingest/json_index.h"

#include <algorithm>
#include <bit>

namespace countersign {
namespace {

constexpr std::uint32_t kWordBits = 64;

void set_bit(std::span<std::uint64_t> bits, std::uint64_t number) {
  bits[number / kWordBits] |= std::uint64_t{1} << number % kWordBits;
}

/// Of `filter_`; not the bits that Event tells fields apart by.
std::uint64_t filter_bit(std::uint64_t hash) { return hash >> 52U; }

}  // namespace

JsonIndex::JsonIndex(std::span<const std::unique_ptr<const Pack>> packs) {
  for (const auto& pack : packs)
    for (const Shape& shape : pack->shapes)
      if (shape.parser.format == MessageFormat::Json) shapes_.push_back({pack.get(), &shape});
  always_.resize(shapes_.size() / kWordBits + 1);
  for (std::uint32_t number = 0; number < size(); ++number) {
    const std::vector<ShapeTest>& any = shapes_[number].shape->any;
    if (any.empty()) set_bit(always_, number);
    for (const ShapeTest& test : any) {
      if (test.fields.empty()) {
        set_bit(always_, number);
        continue;
      }
      const FieldKey& field = test.fields.front().field;
      auto place = std::find_if(asked_.begin(), asked_.end(),
                                [&](const Asked& known) { return known.field.name == field.name; });
      if (place == asked_.end()) place = asked_.insert(place, {field, {}});
      place->shapes.push_back(number);
      set_bit(filter_, filter_bit(field.hash));
    }
  }
  std::sort(asked_.begin(), asked_.end(),
            [](const Asked& a, const Asked& b) { return a.field.hash < b.field.hash; });
}

void JsonIndex::find(const Event& event, Candidates& out) const {
  out.bits = always_;
  out.fields = event.fields().size();
  for (const Field& field : event.fields()) {
    const std::uint64_t bit = filter_bit(field.hash);
    if ((filter_[bit / kWordBits] >> bit % kWordBits & 1U) == 0) continue;
    auto asked =
        std::lower_bound(asked_.begin(), asked_.end(), field.hash,
                         [](const Asked& known, std::uint64_t hash) { return known.field.hash < hash; });
    for (; asked != asked_.end() && asked->field.hash == field.hash; ++asked)
      if (asked->field.name == field.name)
        for (const std::uint32_t shape : asked->shapes) set_bit(out.bits, shape);
  }
}

std::uint32_t JsonIndex::next(const Candidates& candidates, std::uint32_t from) const {
  std::uint64_t bits = candidates.bits[from / kWordBits] & ~std::uint64_t{0} << from % kWordBits;
  for (std::size_t word = from / kWordBits;; bits = candidates.bits[word]) {
    if (bits != 0)
      return static_cast<std::uint32_t>(word * kWordBits) +
             static_cast<std::uint32_t>(std::countr_zero(bits));
    if (++word == candidates.bits.size()) return size();
  }
}

}  // namespace countersign
