// SPDX-License-Identifier: Apache-2.0
#include "rules/plan/value_index.h"

#include <map>

namespace countersign {

NumberIndex::NumberIndex(const std::vector<std::pair<Number, std::uint32_t>>& numbers) {
  for (const auto& [number, id] : numbers) {
    if (number.kind == Number::Kind::Integer) {
      integers_.emplace_back(number.integer, id);
      all_integers_.emplace_back(number, id);
    } else {
      others_.emplace_back(number, id);
    }
  }
  std::sort(integers_.begin(), integers_.end());
}

NetworkIndex::Bytes NetworkIndex::mask(const Bytes& bytes, unsigned prefix) {
  Bytes out{};
  const unsigned whole = prefix / 8;
  std::copy(bytes.begin(), bytes.begin() + whole, out.begin());
  if (prefix % 8 != 0) out[whole] = static_cast<std::uint8_t>(bytes[whole] & (0xFF00U >> (prefix % 8)));
  return out;
}

NetworkIndex::NetworkIndex(const std::vector<std::pair<Network, std::uint32_t>>& networks) {
  std::map<std::pair<bool, unsigned>, Level> levels;
  for (const auto& [network, id] : networks) {
    Level& level = levels[{network.first.v4, network.prefix}];
    level.v4 = network.first.v4;
    level.prefix = network.prefix;
    level.networks.emplace_back(mask(network.first.bytes, network.prefix), id);
  }
  for (auto& [key, level] : levels) {
    std::sort(level.networks.begin(), level.networks.end());
    levels_.push_back(std::move(level));
  }
}

}  // namespace countersign
