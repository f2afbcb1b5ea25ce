// SPDX-License-Identifier: Apache-2.0
#include "rules/placeholders.h"

#include <algorithm>

#include <fmt/core.h>

#include "core/limits.h"
#include "rules/regex.h"
#include "rules/spelling.h"

namespace countersign {
namespace {

constexpr std::string_view kWhereListsStand =
    "lists of values stand in the file named with --values (setting rule_values)";

const ModifierUse* find_use(const DetectionItem& item, std::string_view modifier) {
  const auto use = std::find_if(item.modifiers.begin(), item.modifiers.end(),
                                [&](const ModifierUse& each) { return each.name == modifier; });
  return use == item.modifiers.end() ? nullptr : &*use;
}

/// Nothing in `value` is a wildcard or an escape.
std::string escape(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '*' || c == '?' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

/// `value` as the rest of the item's chain must read it to find its characters.
std::string quote(const DetectionItem& item, const std::string& value) {
  if (find_use(item, "re") != nullptr) return quote_regex(value);
  const bool verbatim = find_use(item, "cidr") != nullptr || find_use(item, "fieldref") != nullptr;
  return verbatim ? value : escape(value);
}

/// How many bytes of `text`, which begins with a percent sign, are a placeholder; 0: none.
std::size_t placeholder_size(std::string_view text) {
  const std::size_t end = text.find('%', 1);
  if (end == std::string_view::npos || !is_placeholder_name(text.substr(1, end - 1))) return 0;
  return end + 1;
}

}  // namespace

std::vector<RuleScalar> Placeholders::expand(const DetectionItem& item, const RuleScalar& value,
                                             Findings& findings) {
  const ModifierUse* use = find_use(item, "expand");
  if (use == nullptr || value.type != RuleScalar::Type::Text) return {value};
  const std::vector<Part> parts = split(value.text, find_use(item, "re") != nullptr);
  if (!know_all(parts, value.where, findings) || !within_limits(parts, value.where, findings)) return {};
  std::vector<std::string> texts{""};
  for (const Part& part : parts) {
    if (!part.placeholder) {
      for (std::string& text : texts) text += part.text;
      continue;
    }
    std::vector<std::string> longer;
    for (const std::string& text : texts)
      for (const std::string& each : values_.lists.find(part.text)->second)
        longer.push_back(text + quote(item, each));
    texts = std::move(longer);
    used_.insert(part.text);
  }
  if (parts.size() == 1 && parts.front().text == value.text)
    findings.add("modifier.no_effect", use->where, "`expand` finds no placeholder in the value");
  std::vector<RuleScalar> out;
  for (std::string& text : texts) {
    out.push_back(value);
    out.back().text = std::move(text);
  }
  return out;
}

std::vector<Placeholders::Part> Placeholders::split(const std::string& text, bool regex) const {
  std::vector<Part> parts(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text[i] == '\\' && i + 1 < text.size();
    if (const std::size_t size = text[i] == '%' ? placeholder_size(std::string_view(text).substr(i)) : 0;
        size != 0) {
      parts.push_back({true, text.substr(i + 1, size - 2)});
      parts.emplace_back();
      i += size - 1;
    } else if (escaped && text[i + 1] == '%' && !regex) {
      parts.back().text += text[++i];
    } else if (escaped && (regex || std::string_view("%\\*?").find(text[i + 1]) != std::string_view::npos)) {
      parts.back().text += text.substr(i++, 2);
    } else {
      parts.back().text += text[i];
    }
  }
  return parts;
}

bool Placeholders::know_all(const std::vector<Part>& parts, Position where, Findings& findings) const {
  bool all = true;
  for (const Part& part : parts) {
    if (!part.placeholder || values_.lists.contains(part.text)) continue;
    all = false;
    std::vector<std::string_view> known;
    for (const auto& [name, list] : values_.lists) known.push_back(name);
    const std::string meant = did_you_mean(part.text, known, "");
    findings.add("value.placeholder", where,
                 fmt::format("there is no list of values for the placeholder `{}`", part.text),
                 fmt::format("{}{}{}", kWhereListsStand, meant.empty() ? "" : "; ", meant));
  }
  return all;
}

bool Placeholders::within_limits(const std::vector<Part>& parts, Position where, Findings& findings) {
  std::size_t count = 1;
  for (const Part& part : parts)
    if (part.placeholder && count <= kPlaceholderValuesMax)
      count *= values_.lists.find(part.text)->second.size();
  if (count > kPlaceholderValuesMax) {
    findings.add("value.placeholder_limit", where,
                 fmt::format("the placeholders stand for more than {} values", kPlaceholderValuesMax),
                 "several placeholders in one value multiply; use shorter lists, or selections of their own");
    return false;
  }
  made_ += count;
  if (made_ > kRulePlaceholderValuesMax)
    findings.add(
        "value.placeholder_limit", where,
        fmt::format("the placeholders of the rule stand for more than {} values", kRulePlaceholderValuesMax));
  return made_ <= kRulePlaceholderValuesMax;
}

}  // namespace countersign
