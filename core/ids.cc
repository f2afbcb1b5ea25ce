// SPDX-License-Identifier: Apache-2.0
#include "core/ids.h"

#include <charconv>

#include <fmt/format.h>

namespace countersign {
namespace {

template <class Number>
bool read_number(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::string to_string(const AlertId& id) {
  return fmt::format("{}-{:03}-{:06}", id.epoch, id.shard, id.counter);
}

std::optional<AlertId> parse_alert_id(std::string_view text) {
  const std::size_t first = text.find('-');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = text.find('-', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  AlertId id;
  if (!read_number(text.substr(0, first), id.epoch) ||
      !read_number(text.substr(first + 1, second - first - 1), id.shard) ||
      !read_number(text.substr(second + 1), id.counter)) {
    return std::nullopt;
  }
  if (id.epoch == 0 || to_string(id) != text) return std::nullopt;
  return id;
}

std::string to_string(const SourcePartition& partition) {
  return fmt::format("{}:{}[{}]", partition.source.value, partition.topic.value, partition.partition);
}

}  // namespace countersign
