// SPDX-License-Identifier: Apache-2.0
#include "rules/rule_values.h"

#include <algorithm>

#include <fmt/core.h>

#include "core/json_text.h"
#include "rules/findings.h"
#include "rules/text_file.h"
#include "rules/yaml_reader.h"

namespace countersign {
namespace {

class Reader {
 public:
  explicit Reader(Findings& findings) : findings_(findings) {}

  void read(const YamlNode& root, RuleValues& out) {
    if (!root.is_map()) {
      findings_.add("values.shape", root.where,
                    fmt::format("the file is {}, not a map of names and their values", kind_name(root)),
                    "Name: [value, value]");
      return;
    }
    for (std::size_t i = 0; i < root.items.size(); ++i) {
      const std::size_t errors_before = findings_.errors();
      const std::string& name = root.keys[i].text;
      if (!is_placeholder_name(name))
        findings_.add("values.name", root.keys[i].where,
                      fmt::format("`{}` cannot be the name of a placeholder", name),
                      "write the name alone, without % and without blanks");
      std::vector<std::string> list = read_list(name, root.items[i]);
      if (findings_.errors() == errors_before) out.lists.emplace(name, std::move(list));
    }
  }

 private:
  std::vector<std::string> read_list(const std::string& name, const YamlNode& node) {
    std::vector<std::string> list;
    if (node.is_scalar()) {
      add(name, node, list);
      return list;
    }
    if (!node.is_sequence() || node.items.empty()) {
      findings_.add("values.shape", node.where,
                    fmt::format("the values of `{}` are {}, not a text or a list of texts", name,
                                node.is_sequence() ? "an empty list" : kind_name(node)),
                    "a placeholder stands for one value or more");
    }
    if (!node.is_sequence()) return list;
    for (const YamlNode& item : node.items) {
      if (item.is_scalar()) {
        add(name, item, list);
      } else {
        findings_.add("values.shape", item.where,
                      fmt::format("a value of `{}` is {}, not a text", name, kind_name(item)));
      }
    }
    return list;
  }

  void add(const std::string& name, const YamlNode& value, std::vector<std::string>& list) {
    if (value.text.size() > kRuleValueBytesMax)
      findings_.add("values.length", value.where,
                    fmt::format("a value of `{}` has {} bytes, more than {}", name, value.text.size(),
                                kRuleValueBytesMax));
    list.push_back(value.text);
  }

  Findings& findings_;
};

}  // namespace

Result<RuleValues> load_rule_values(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error))
    return failure(ErrorKind::NotFound, fmt::format("there is no file {}", file.string()));
  const std::optional<std::string> text = read_bytes(file.generic_string());
  if (!text) return failure(ErrorKind::Unavailable, fmt::format("{} cannot be read", file.string()));
  return read_rule_values(file.generic_string(), *text);
}

RuleValues read_rule_values(const std::string& name, std::string_view bytes) {
  RuleValues out;
  Findings findings(name);
  if (const std::optional<std::string_view> text = check_text(bytes, findings)) {
    const std::vector<YamlDocument> documents = read_yaml(*text, findings);
    if (documents.empty()) findings.add("file.empty", {1, 1}, "the file holds no document");
    if (documents.size() > 1)
      findings.add("values.shape", {documents[1].first_line, 1}, "the file has a second document",
                   "write all names into one map");
    if (documents.size() == 1 && documents.front().readable)
      Reader(findings).read(documents.front().root, out);
  }
  out.findings = findings.take();
  return out;
}

bool is_placeholder_name(std::string_view name) {
  return !name.empty() && std::none_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '%' || c == '\\' || c == '*' || c == '?';
  });
}

std::string text_of_list(const std::vector<std::string>& list) {
  std::string out = "[";
  for (const std::string& value : list) {
    if (out.size() > 1) out += ", ";
    append_json_string(value, out);
  }
  return out + "]\n";
}

}  // namespace countersign
