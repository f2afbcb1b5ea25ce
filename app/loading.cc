// SPDX-License-Identifier: Apache-2.0
#include "app/loading.h"

#include "app/build_info.h"
#include "ingest/pack_loader.h"
#include "rules/loader.h"

namespace countersign {

Result<Detection> load_detection_sets(std::vector<std::filesystem::path> rules,
                                      std::vector<std::filesystem::path> packs, bool include_deprecated,
                                      bool include_unsupported) {
  if (rules.empty()) rules.push_back(shipped_folder("rules"));
  if (packs.empty()) packs.push_back(shipped_folder("packs"));
  Result<RuleLoad> rule_load = load_rules(rules, {include_deprecated, include_unsupported});
  if (!rule_load) return failure(rule_load.error());
  Result<PackLoad> pack_load = load_packs(packs);
  if (!pack_load) return failure(pack_load.error());
  Detection detection;
  detection.rules = rule_load->rules;
  detection.packs = pack_load->packs;
  detection.counts = {rule_load->documents, rule_load->loaded, rule_load->refused, rule_load->skipped};
  detection.findings = std::move(rule_load->findings);
  detection.findings.insert(detection.findings.end(), pack_load->findings.begin(), pack_load->findings.end());
  return detection;
}

}  // namespace countersign
