// SPDX-License-Identifier: Apache-2.0
#include "app/loading.h"

#include <cstdlib>

#include "app/build_info.h"
#include "ingest/pack_loader.h"

namespace countersign {

Result<RuleLoad> load_rules_of(const DetectionPaths& paths) {
  LoadOptions options;
  options.include_deprecated = paths.include_deprecated;
  options.include_unsupported = paths.include_unsupported;
  options.lenient = paths.lenient;
  if (!paths.values.empty()) {
    Result<RuleValues> values = load_rule_values(paths.values);
    if (!values) return failure(values.error());
    options.values = std::move(*values);
  }
  const bool shipped = paths.rules.empty();
  return load_rules(shipped ? std::vector{shipped_folder("rules")} : paths.rules, options);
}

Result<Detection> load_detection_sets(DetectionPaths paths) {
  if (paths.packs.empty()) paths.packs.push_back(shipped_folder("packs"));
  Result<RuleLoad> rule_load = load_rules_of(paths);
  if (!rule_load) return failure(rule_load.error());
  Result<PackLoad> pack_load = load_packs(paths.packs);
  if (!pack_load) return failure(pack_load.error());
  Detection detection;
  detection.rules = rule_load->rules;
  detection.packs = pack_load->packs;
  auto plan = Plan::build(detection.rules, detection.packs->event_classes(), paths.cache);
  if (!plan) return failure(plan.error());
  detection.plan = std::move(*plan);
  detection.counts = {rule_load->documents, rule_load->loaded, rule_load->refused, rule_load->skipped};
  detection.findings = std::move(rule_load->findings);
  detection.findings.insert(detection.findings.end(), pack_load->findings.begin(), pack_load->findings.end());
  return detection;
}

std::filesystem::path user_cache_folder() {
  const auto below = [](const char* variable, const std::filesystem::path& rest) -> std::filesystem::path {
    const char* folder = std::getenv(variable);
    if (folder == nullptr || *folder != '/') return {};
    return std::filesystem::path(folder) / rest;
  };
  const std::filesystem::path named = below("XDG_CACHE_HOME", "countersign/patterns");
  return named.empty() ? below("HOME", ".cache/countersign/patterns") : named;
}

}  // namespace countersign
