// SPDX-License-Identifier: Apache-2.0
#include "ingest/pack_yaml.h"

#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/case_fold.h"

namespace countersign {

void PackYaml::value_error(const YamlNode& node, std::string message, std::string hint) {
  findings_.error("pack.value", node.where, std::move(message), std::move(hint));
}

void PackYaml::wrong_type(const YamlNode& node, std::string_view wanted) {
  findings_.error("pack.type", node.where,
                  fmt::format("{} stands where {} is expected", kind_name(node), wanted));
}

void PackYaml::keys(const YamlNode& node, std::string_view what, const std::map<std::string, Handler>& known,
                    const std::vector<std::string>& required) {
  if (!node.is_map()) return wrong_type(node, "a map");
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const auto handler = known.find(node.keys[i].text);
    if (handler != known.end()) {
      handler->second(node.items[i]);
      continue;
    }
    std::vector<std::string_view> names;
    for (const auto& [name, unused] : known) names.emplace_back(name);
    findings_.error("pack.unknown_key", node.keys[i].where,
                    fmt::format("{} has no key `{}`", what, node.keys[i].text),
                    fmt::format("known keys: {}", fmt::join(names, ", ")));
  }
  for (const std::string& key : required) {
    if (node.find(key) == nullptr)
      findings_.error("pack.missing_key", node.where, fmt::format("{} needs the key `{}`", what, key));
  }
}

void PackYaml::each(const YamlNode& node, const Handler& handler) {
  if (!node.is_sequence()) return wrong_type(node, "a list");
  for (const YamlNode& item : node.items) handler(item);
}

void PackYaml::pairs(const YamlNode& node,
                     const std::function<void(const std::string&, const YamlNode&)>& handler) {
  if (!node.is_map()) return wrong_type(node, "a map");
  for (std::size_t i = 0; i < node.items.size(); ++i) handler(node.keys[i].text, node.items[i]);
}

std::string PackYaml::text(const YamlNode& node) {
  if (!node.is_scalar()) {
    wrong_type(node, "a text");
    return {};
  }
  if (node.text.empty()) findings_.error("pack.value", node.where, "the text is empty");
  return node.text;
}

std::vector<std::string> PackYaml::texts(const YamlNode& node) {
  std::vector<std::string> out;
  if (node.is_scalar()) return {text(node)};
  each(node, [&](const YamlNode& item) { out.push_back(text(item)); });
  return out;
}

std::vector<std::string> PackYaml::folded(const YamlNode& node) {
  std::vector<std::string> out = texts(node);
  for (std::string& value : out) value = case_fold(value);
  return out;
}

std::int64_t PackYaml::number(const YamlNode& node) {
  std::int64_t out = 0;
  const char* last = node.text.data() + node.text.size();
  const auto [end, error] = std::from_chars(node.text.data(), last, out);
  if (!node.is_scalar() || error != std::errc{} || end != last) wrong_type(node, "a whole number");
  return out;
}

bool PackYaml::truth(const YamlNode& node) {
  if (node.is_scalar() && node.plain && (node.text == "true" || node.text == "false"))
    return node.text == "true";
  wrong_type(node, "true or false");
  return false;
}

void PackYaml::unknown_word(const YamlNode& node, const std::string& given,
                            const std::vector<std::string_view>& names) {
  value_error(node, fmt::format("`{}` is not known here", given),
              fmt::format("one of: {}", fmt::join(names, ", ")));
}

}  // namespace countersign
