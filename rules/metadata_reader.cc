// SPDX-License-Identifier: Apache-2.0
#include "rules/metadata_reader.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "core/case_fold.h"
#include "rules/node_access.h"
#include "rules/spelling.h"

namespace countersign {
namespace {

enum class Form : std::uint8_t { Text, Texts, Date, Other };

struct Key {
  std::string_view name;
  Form form = Form::Text;
  std::size_t bytes_max = 0;  // 0: no limit of the specification
};

/// The top-level keys that the specification knows, in all three kinds of documents. Others are the author's
/// own and allowed.
constexpr auto kKeys = std::to_array<Key>({
    {"title", Form::Text, 256},
    {"id", Form::Text, 256},
    {"name", Form::Text, 256},
    {"related", Form::Other},
    {"taxonomy", Form::Text, 256},
    {"status", Form::Text},
    {"description", Form::Text, 65'535},
    {"license", Form::Text},
    {"author", Form::Text},
    {"references", Form::Texts},
    {"date", Form::Date},
    {"modified", Form::Date},
    {"logsource", Form::Other},
    {"detection", Form::Other},
    {"correlation", Form::Other},
    {"filter", Form::Other},
    {"fields", Form::Texts},
    {"falsepositives", Form::Texts},
    {"level", Form::Text},
    {"tags", Form::Texts},
    {"scope", Form::Texts},
    {"generate", Form::Other},
    {"sigma-version", Form::Text},
    {"countersign", Form::Other},
});

bool fits_form(std::string_view text, std::string_view form) {
  return text.size() == form.size() && std::equal(text.begin(), text.end(), form.begin(), [](char c, char f) {
           const bool digit = c >= '0' && c <= '9';
           const bool hex = digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
           return f == 'x' ? hex : f == '0' ? digit : c == f;
         });
}

/// `namespace.name` of lower-case letters, digits, `_`, `-` and (behind the first) dots.
bool is_tag(std::string_view tag) {
  const std::size_t dot = tag.find('.');
  return dot != std::string_view::npos && dot > 0 && dot + 1 < tag.size() &&
         std::all_of(tag.begin(), tag.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
         });
}

class MetadataReader {
 public:
  MetadataReader(const YamlNode& root, Findings& findings) : root_(root), findings_(findings) {}

  void read(RuleInfo& info) {
    for (const Key& key : kKeys) check_form(key);
    check_custom_keys();
    info.title = text("title");
    if (root_.find("title") == nullptr || info.title.empty())
      findings_.add("rule.missing_key", root_.where, "there is no `title`");
    read_id(info);
    info.name = text("name");
    info.author = text("author");
    info.description = text("description");
    for (PlacedText& entry : texts("references")) info.references.push_back(std::move(entry.text));
    for (PlacedText& entry : texts("tags")) {
      if (!is_tag(entry.text))
        findings_.add("rule.tag", entry.where, fmt::format("the tag `{}` has no known form", entry.text),
                      "namespace.name in lower case, such as attack.t1059");
      info.tags.push_back(std::move(entry.text));
    }
    read_level(info);
    read_status(info);
    check_related();
    check_language();
    read_grouping(info);
  }

 private:
  const YamlNode* scalar(std::string_view key) {
    const YamlNode* node = root_.find(key);
    return node != nullptr && node->is_scalar() ? node : nullptr;
  }
  std::string text(std::string_view key) {
    const YamlNode* node = scalar(key);
    return node == nullptr ? std::string{} : node->text;
  }
  std::vector<PlacedText> texts(std::string_view key) { return texts_at(root_, key, "rule.type", findings_); }

  void check_form(const Key& key) {
    if (key.form == Form::Other) return;
    if (key.form == Form::Texts) {
      (void)texts(key.name);
      return;
    }
    const YamlNode* node = scalar_at(root_, key.name, "rule.type", findings_);
    if (node == nullptr) return;
    if (key.bytes_max != 0 && node->text.size() > key.bytes_max)
      findings_.add(
          "rule.length", node->where,
          fmt::format("`{}` has {} bytes, more than {}", key.name, node->text.size(), key.bytes_max));
    if (key.form == Form::Date && !fits_form(node->text, "0000-00-00"))
      findings_.add("rule.date", node->where, fmt::format("`{}` is no date", node->text), "YYYY-MM-DD");
  }

  void check_custom_keys() {
    std::vector<std::string_view> known;
    for (const Key& key : kKeys) known.push_back(key.name);
    for (const YamlNode& key : root_.keys)
      if (const std::string_view near = closest(key.text, known); !near.empty())
        findings_.add("rule.similar_key", key.where,
                      fmt::format("`{}` is taken as a key of your own", key.text),
                      fmt::format("did you mean `{}`?", near));
  }

  void read_id(RuleInfo& info) {
    const YamlNode* id = scalar("id");
    if (id == nullptr) return;
    if (!fits_form(id->text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"))
      findings_.add("rule.id", id->where, fmt::format("the id `{}` is not a UUID", id->text),
                    "other tools refuse it");
    info.id.value = case_fold(id->text);
  }

  void read_level(RuleInfo& info) {
    const YamlNode* level = scalar("level");
    if (level == nullptr) return;
    if (const std::optional<Level> known = parse_level(level->text)) {
      info.level = *known;
    } else {
      findings_.add("rule.level", level->where, fmt::format("there is no level `{}`", level->text),
                    "informational, low, medium, high or critical");
    }
  }

  void read_status(RuleInfo& info) {
    const YamlNode* status = scalar("status");
    if (status == nullptr) return;
    if (const std::optional<RuleStatus> known = parse_rule_status(status->text)) {
      info.status = *known;
    } else {
      findings_.add("rule.status", status->where, fmt::format("there is no status `{}`", status->text),
                    "stable, test, experimental, deprecated or unsupported");
    }
  }

  void check_related() {
    const YamlNode* related = root_.find("related");
    if (related == nullptr || related->is_null()) return;
    if (!related->is_sequence()) {
      findings_.add("rule.type", related->where,
                    fmt::format("`related` is {}, not a list", kind_name(*related)));
      return;
    }
    constexpr auto kTypes =
        std::to_array<std::string_view>({"derived", "obsolete", "merged", "renamed", "similar"});
    for (const YamlNode& entry : related->items) {
      const YamlNode* id = entry.find("id");
      const YamlNode* type = entry.find("type");
      if (id == nullptr || !id->is_scalar() || type == nullptr ||
          std::find(kTypes.begin(), kTypes.end(), type->text) == kTypes.end())
        findings_.add("rule.related", entry.where, "an entry of `related` has no id or no known type",
                      "type is derived, obsolete, merged, renamed or similar");
    }
  }

  void check_language() {
    const YamlNode* taxonomy = scalar("taxonomy");
    if (taxonomy != nullptr && taxonomy->text != "sigma")
      findings_.add("rule.taxonomy", taxonomy->where,
                    fmt::format("the taxonomy `{}` is not known here", taxonomy->text),
                    "rename the fields to those of the taxonomy sigma");
    const YamlNode* version = scalar("sigma-version");
    if (version != nullptr && version->text != "2" && !version->text.starts_with("2."))
      findings_.add("rule.sigma_version", version->where,
                    fmt::format("version `{}` of Sigma is not supported", version->text),
                    "rules are read as Sigma 2.1");
  }

  void read_grouping(RuleInfo& info) {
    const YamlNode* own = root_.find("countersign");
    if (own == nullptr) return;
    if (!own->is_map()) {
      findings_.add("grouping.value", own->where,
                    fmt::format("`countersign` is {}, not a map", kind_name(*own)));
      return;
    }
    check_keys(*own, {"group_by", "group_window"}, "grouping.unknown_key", "`countersign`", findings_);
    if (const YamlNode* fields = own->find("group_by")) {
      for (PlacedText& field : texts_at(*own, "group_by", "grouping.value", findings_)) {
        if (field.text.empty())
          findings_.add("grouping.value", field.where, "a field of `group_by` is empty");
        info.group_by.push_back(std::move(field.text));
      }
      if (info.group_by.empty()) findings_.add("grouping.value", fields->where, "`group_by` names no field");
    }
    const YamlNode* window = own->find("group_window");
    if (window == nullptr) return;
    info.group_window = window->is_scalar() ? parse_timespan(window->text) : std::nullopt;
    if (!info.group_window)
      findings_.add("grouping.value", window->where, "`group_window` is no time span",
                    "a number and s, m, h or d, such as 1h; at most 3660d");
  }

  const YamlNode& root_;
  Findings& findings_;
};

}  // namespace

void read_metadata(const YamlNode& root, RuleInfo& info, Findings& findings) {
  MetadataReader(root, findings).read(info);
}

void read_log_source(const YamlNode& root, LogSource& out, Findings& findings) {
  const YamlNode* node = root.find("logsource");
  if (node == nullptr || node->is_null()) {
    findings.add("rule.missing_key", root.where, "there is no `logsource`");
    return;
  }
  if (!node->is_map()) {
    findings.add("rule.type", node->where, fmt::format("`logsource` is {}, not a map", kind_name(*node)));
    return;
  }
  // Other keys are the author's own (rules.md §1.2), unless one looks like a slip of the pen.
  const std::vector<std::string_view> known = {"category", "product", "service", "definition"};
  for (const YamlNode& key : node->keys) {
    if (std::find(known.begin(), known.end(), key.text) != known.end()) continue;
    const std::string meant = did_you_mean(key.text, known, "");
    if (meant.empty()) continue;
    findings.add("logsource.unknown_key", key.where, fmt::format("a log source has no key `{}`", key.text),
                 meant);
  }
  const auto read = [&](std::string_view key) -> std::string {
    const YamlNode* value = node->find(key);
    if (value == nullptr) return {};
    if (!value->is_scalar() || value->text.empty()) {
      findings.add("logsource.value", value->where, fmt::format("`{}` is not a text", key));
      return {};
    }
    std::string folded = case_fold(value->text);
    if (folded != value->text)
      findings.add("logsource.case", value->where, fmt::format("`{}` has upper-case letters", value->text),
                   "write it in lower case; other tools compare it as it is");
    return folded;
  };
  out = {read("product"), read("category"), read("service")};
  if (node->find("product") == nullptr && node->find("category") == nullptr &&
      node->find("service") == nullptr)
    findings.add("logsource.empty", node->where, "the log source names no category, product or service");
}

}  // namespace countersign
