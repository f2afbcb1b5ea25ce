// SPDX-License-Identifier: Apache-2.0
#include "rules/document_reader.h"

#include <fmt/core.h>

#include "core/case_fold.h"
#include "rules/correlation_reader.h"
#include "rules/detection_reader.h"
#include "rules/metadata_reader.h"

namespace countersign {
namespace {

using Kind = ReadDocument::Kind;

std::optional<Kind> find_kind(const YamlNode& root, Findings& findings) {
  if (!root.is_map()) {
    findings.add("document.kind", root.where, fmt::format("the document is {}, not a map", kind_name(root)));
    return std::nullopt;
  }
  std::optional<Kind> found;
  const auto look = [&](std::string_view key, Kind kind) {
    if (root.find(key) == nullptr) return;
    if (found)
      findings.add("document.kind", root.where,
                   "the document is more than one of detection, correlation and filter",
                   "give each a document of its own, separated by a line ---");
    found = kind;
  };
  look("detection", Kind::Detection);
  look("correlation", Kind::Correlation);
  look("filter", Kind::Filter);
  if (!found)
    findings.add("document.kind", root.where, "the document has no `detection`, `correlation` or `filter`",
                 "is it a Sigma rule?");
  return found;
}

std::vector<std::string> find_former_ids(const YamlNode& root) {
  std::vector<std::string> out;
  const YamlNode* related = root.find("related");
  if (related == nullptr) return out;
  for (const YamlNode& entry : related->items) {
    const YamlNode* id = entry.find("id");
    const YamlNode* type = entry.find("type");
    if (id != nullptr && id->is_scalar() && type != nullptr && type->text == "renamed")
      out.push_back(case_fold(id->text));
  }
  return out;
}

}  // namespace

std::optional<ReadDocument> read_document(const YamlNode& root, FieldTable& fields, const RuleValues& values,
                                          bool lenient, Findings& findings) {
  const std::optional<Kind> kind = find_kind(root, findings);
  if (!kind) return std::nullopt;
  ReadDocument out;
  out.kind = *kind;
  read_metadata(root, out.info, findings);
  out.former_ids = find_former_ids(root);
  if (*kind != Kind::Filter && root.find("level") == nullptr)
    findings.add("rule.level_missing", root.where, "there is no `level`; medium is taken");
  if (*kind != Kind::Correlation) read_log_source(root, out.info.log_source, findings);
  Placeholders placeholders(values);
  const Reading reading{placeholders, lenient};
  switch (*kind) {
    case Kind::Detection: {
      const YamlNode& node = *root.find("detection");
      out.detection =
          compile_detection(read_detection(node, node.where, {}, findings), fields, reading, findings);
      break;
    }
    case Kind::Correlation: out.references = read_correlation(root, findings); break;
    case Kind::Filter:
      out.filter = read_filter(root, fields, reading, findings);
      out.references = out.filter.rules;
      break;
  }
  out.placeholders = placeholders.used();
  return out;
}

}  // namespace countersign
