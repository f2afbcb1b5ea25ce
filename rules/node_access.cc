// SPDX-License-Identifier: Apache-2.0
#include "rules/node_access.h"

#include <algorithm>
#include <charconv>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "rules/spelling.h"

namespace countersign {

const YamlNode* scalar_at(const YamlNode& map, std::string_view key, std::string_view code,
                          Findings& findings) {
  const YamlNode* node = map.find(key);
  if (node == nullptr || node->is_null()) return nullptr;
  if (node->is_scalar()) return node;
  findings.add(code, node->where, fmt::format("`{}` is {}, not a text", key, kind_name(*node)));
  return nullptr;
}

std::vector<PlacedText> texts_at(const YamlNode& map, std::string_view key, std::string_view code,
                                 Findings& findings) {
  std::vector<PlacedText> out;
  const YamlNode* node = map.find(key);
  if (node == nullptr || node->is_null()) return out;
  if (!node->is_sequence()) {
    findings.add(code, node->where, fmt::format("`{}` is {}, not a list of texts", key, kind_name(*node)));
    return out;
  }
  for (const YamlNode& item : node->items) {
    if (item.is_scalar()) {
      out.push_back({item.text, item.where});
    } else {
      findings.add(code, item.where, fmt::format("an entry of `{}` is {}, not a text", key, kind_name(item)));
    }
  }
  return out;
}

void check_keys(const YamlNode& map, const std::vector<std::string_view>& known, std::string_view code,
                std::string_view what, Findings& findings) {
  for (const YamlNode& key : map.keys)
    if (std::find(known.begin(), known.end(), key.text) == known.end())
      findings.add(code, key.where, fmt::format("{} has no key `{}`", what, key.text),
                   did_you_mean(key.text, known, fmt::format("it has {}", fmt::join(known, ", "))));
}

std::optional<std::chrono::seconds> parse_timespan(std::string_view text) {
  constexpr std::chrono::seconds kMax = std::chrono::hours{24 * 3'660};
  std::int64_t count = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, count);
  if (error != std::errc{} || end + 1 != last || count < 1 || count > kMax.count()) return std::nullopt;
  std::chrono::seconds unit{};
  switch (*end) {
    case 's': unit = std::chrono::seconds{1}; break;
    case 'm': unit = std::chrono::minutes{1}; break;
    case 'h': unit = std::chrono::hours{1}; break;
    case 'd': unit = std::chrono::hours{24}; break;
    default: return std::nullopt;
  }
  if (unit * count > kMax) return std::nullopt;
  return unit * count;
}

}  // namespace countersign
