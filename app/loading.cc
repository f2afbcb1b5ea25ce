// SPDX-License-Identifier: Apache-2.0
#include "app/loading.h"

#include <algorithm>
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
  return load_rules(with_shipped(paths).rules, options);
}

std::vector<std::filesystem::path> or_shipped(std::vector<std::filesystem::path> paths, const char* kind) {
  if (paths.empty()) paths.emplace_back("shipped");
  for (std::filesystem::path& path : paths)
    if (path == "shipped") path = shipped_folder(kind);
  return paths;
}

DetectionPaths with_shipped(DetectionPaths paths) {
  paths.rules = or_shipped(std::move(paths.rules), "rules");
  paths.packs = or_shipped(std::move(paths.packs), "packs");
  return paths;
}

Result<Detection> load_sets(const DetectionPaths& paths) {
  Result<RuleLoad> rule_load = load_rules_of(paths);
  if (!rule_load) return failure(rule_load.error());
  Result<PackLoad> pack_load = load_packs(with_shipped(paths).packs);
  if (!pack_load) return failure(pack_load.error());
  Detection detection;
  detection.rules = rule_load->rules;
  detection.packs = pack_load->packs;
  detection.pack_tests = std::move(pack_load->tests);
  detection.counts = {rule_load->documents, rule_load->loaded, rule_load->refused, rule_load->skipped};
  detection.findings = std::move(rule_load->findings);
  detection.findings.insert(detection.findings.end(), pack_load->findings.begin(), pack_load->findings.end());
  return detection;
}

bool has_rule(const Detection& detection, const RuleId& id) {
  constexpr std::string_view kVendor = "vendor:";
  if (id.value.starts_with(kVendor)) return detection.packs->find(id.value.substr(kVendor.size())) != nullptr;
  const std::vector<RuleInfo>& rules = detection.rules->rules();
  return std::any_of(rules.begin(), rules.end(), [&](const RuleInfo& rule) { return rule.id == id; });
}

Result<void> build_plan(Detection& detection, const std::filesystem::path& cache) {
  auto plan = Plan::build(detection.rules, detection.packs->event_classes(), cache);
  if (!plan) return failure(plan.error());
  detection.plan = std::move(*plan);
  return {};
}

Result<Detection> load_detection_sets(const DetectionPaths& paths) {
  Result<Detection> detection = load_sets(paths);
  if (!detection) return detection;
  if (Result<void> built = build_plan(*detection, paths.cache); !built) return failure(built.error());
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
