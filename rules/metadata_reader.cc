// SPDX-License-Identifier: Apache-2.0
#include "rules/metadata_reader.h"

#include <algorithm>

#include <fmt/core.h>

#include "core/case_fold.h"

namespace countersign {
namespace {

bool is_uuid(std::string_view text) {
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  return text.size() == kForm.size() &&
         std::equal(text.begin(), text.end(), kForm.begin(), [](char c, char form) {
           const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
           return form == '-' ? c == '-' : hex;
         });
}

const YamlNode* text_at(const YamlNode& root, std::string_view key, Findings& findings) {
  const YamlNode* node = root.find(key);
  if (node == nullptr || node->is_null()) return nullptr;
  if (node->is_scalar()) return node;
  findings.add("rule.type", node->where, fmt::format("`{}` is {}, not a text", key, kind_name(*node)));
  return nullptr;
}

std::vector<std::string> texts_at(const YamlNode& root, std::string_view key, Findings& findings) {
  std::vector<std::string> out;
  const YamlNode* node = root.find(key);
  if (node == nullptr || node->is_null()) return out;
  if (!node->is_sequence()) {
    findings.add("rule.type", node->where,
                 fmt::format("`{}` is {}, not a list of texts", key, kind_name(*node)));
    return out;
  }
  for (const YamlNode& item : node->items) {
    if (item.is_scalar()) {
      out.push_back(item.text);
    } else {
      findings.add("rule.type", item.where,
                   fmt::format("an entry of `{}` is {}, not a text", key, kind_name(item)));
    }
  }
  return out;
}

std::optional<RuleStatus> parse_status(std::string_view text) {
  for (const RuleStatus status : {RuleStatus::Stable, RuleStatus::Test, RuleStatus::Experimental,
                                  RuleStatus::Deprecated, RuleStatus::Unsupported})
    if (to_string(status) == text) return status;
  return std::nullopt;
}

}  // namespace

void read_metadata(const YamlNode& root, RuleInfo& info, Findings& findings) {
  if (const YamlNode* title = text_at(root, "title", findings)) {
    info.title = title->text;
  } else {
    findings.add("rule.missing_key", root.where, "there is no `title`");
  }
  if (const YamlNode* id = text_at(root, "id", findings)) {
    if (!is_uuid(id->text)) findings.add("rule.id", id->where, fmt::format("`{}` is not a UUID", id->text));
    info.id.value = case_fold(id->text);
  }
  if (const YamlNode* name = text_at(root, "name", findings)) info.name = name->text;
  if (const YamlNode* author = text_at(root, "author", findings)) info.author = author->text;
  if (const YamlNode* text = text_at(root, "description", findings)) info.description = text->text;
  info.references = texts_at(root, "references", findings);
  info.tags = texts_at(root, "tags", findings);
  if (const YamlNode* level = text_at(root, "level", findings)) {
    if (const std::optional<Level> known = parse_level(level->text)) {
      info.level = *known;
    } else {
      findings.add("rule.level", level->where, fmt::format("there is no level `{}`", level->text),
                   "informational, low, medium, high or critical");
    }
  }
  if (const YamlNode* status = text_at(root, "status", findings)) {
    if (const std::optional<RuleStatus> known = parse_status(status->text)) {
      info.status = *known;
    } else {
      findings.add("rule.status", status->where, fmt::format("there is no status `{}`", status->text),
                   "stable, test, experimental, deprecated or unsupported");
    }
  }
}

void read_log_source(const YamlNode& root, LogSource& out, Findings& findings) {
  const YamlNode* node = root.find("logsource");
  if (node == nullptr || !node->is_map()) {
    findings.add("rule.missing_key", node == nullptr ? root.where : node->where,
                 "there is no `logsource` map");
    return;
  }
  for (std::size_t i = 0; i < node->items.size(); ++i) {
    const std::string& key = node->keys[i].text;
    const YamlNode& value = node->items[i];
    std::string* target = key == "product"    ? &out.product
                          : key == "category" ? &out.category
                          : key == "service"  ? &out.service
                                              : nullptr;
    if (target == nullptr && key != "definition") {
      findings.add("logsource.unknown_key", node->keys[i].where, fmt::format("a log source has no `{}`", key),
                   "category, product, service, definition");
    } else if (!value.is_scalar()) {
      findings.add("logsource.value", value.where,
                   fmt::format("`{}` is {}, not a text", key, kind_name(value)));
    } else if (target != nullptr) {
      *target = case_fold(value.text);
    }
  }
  if (out == LogSource{})
    findings.add("logsource.empty", node->where, "the log source names no category, product or service");
}

}  // namespace countersign
