// SPDX-License-Identifier: Apache-2.0
#include "rules/yaml_hint.h"

#include <algorithm>

#include <fmt/core.h>

namespace countersign {
namespace {

// At the start of a plain value, these begin something else in YAML.
constexpr std::string_view kIndicators = "*&!%@`";

/// The value of `key: value` or `- value`, and where it starts.
std::string_view value_of(std::string_view line, std::size_t& start) {
  std::size_t colon = line.find(": ");
  if (colon != std::string_view::npos) {
    start = line.find_first_not_of(' ', colon + 1);
  } else {
    start = line.find_first_not_of(" -");
  }
  return start == std::string_view::npos ? std::string_view{} : line.substr(start);
}

}  // namespace

std::string yaml_hint(std::string_view line, std::size_t column) {
  line = line.substr(0, line.find_last_not_of(" \t\r") + 1);
  const std::size_t text = std::min(line.find_first_not_of(" \t"), line.size());
  if (line.substr(0, text).find('\t') != std::string_view::npos)
    return "indent with blanks: YAML does not take tabs";
  std::size_t start = 0;
  const std::string_view value = value_of(line, start);
  if (!value.empty() && kIndicators.find(value.front()) != std::string_view::npos)
    return fmt::format("put a value that begins with `{}` in single quotes", value.front());
  const bool quoted = !value.empty() && (value.front() == '"' || value.front() == '\'');
  if (!value.empty() && value.front() == '"' && value.find('\\') != std::string_view::npos)
    return "in double quotes `\\` begins an escape: use single quotes";
  if (quoted && std::count(value.begin(), value.end(), value.front()) % 2 != 0)
    return fmt::format("close the quote `{}`; inside single quotes a single quote is written twice",
                       value.front());
  if (!quoted && column > start && value.find(": ") != std::string_view::npos)
    return "put a value that holds `: ` in single quotes";
  return "keys of one map begin in the same column; what belongs to a key begins further right";
}

}  // namespace countersign
