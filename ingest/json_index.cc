// SPDX-License-Identifier: Apache-2.0
#include "ingest/json_index.h"

namespace countersign {

JsonIndex::JsonIndex(std::span<const std::unique_ptr<const Pack>> packs) {
  for (const auto& pack : packs) {
    for (const Shape& shape : pack->shapes) {
      if (shape.parser.format != MessageFormat::Json) continue;
      const std::uint32_t number = size();
      shapes_.push_back({pack.get(), &shape});
      first_.push_back(static_cast<std::uint32_t>(probes_.size()));
      if (shape.any.empty()) probes_.push_back({FieldKey(""), true, number});
      for (const ShapeTest& test : shape.any) {
        const bool asks = !test.fields.empty();
        probes_.push_back({asks ? test.fields.front().field : FieldKey(""), !asks, number});
      }
    }
  }
}

}  // namespace countersign
