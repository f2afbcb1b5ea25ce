// SPDX-License-Identifier: Apache-2.0
#include "app/findings.h"

#include <iostream>

#include <fmt/format.h>

#include "core/json_text.h"

namespace countersign {

std::string findings_json(const std::vector<Diagnostic>& findings) {
  std::string out = "[";
  for (const Diagnostic& finding : findings) {
    if (out.size() > 1) out.push_back(',');
    out +=
        fmt::format(R"({{"file":{},"line":{},"column":{},"severity":"{}","code":{},"message":{},"hint":{}}})",
                    json_string(finding.file), finding.line, finding.column, to_string(finding.severity),
                    json_string(finding.code), json_string(finding.message), json_string(finding.hint));
  }
  out.push_back(']');
  return out;
}

void print_findings(const std::vector<Diagnostic>& findings) {
  for (const Diagnostic& finding : findings) std::cerr << to_string(finding) << '\n';
}

void print_refusals(const RuleCounts& counts) {
  if (counts.refused == 0) return;
  std::cerr << fmt::format("countersign: {} of {} rules are refused; countersign rules check names them\n",
                           counts.refused, counts.documents);
}

}  // namespace countersign
