// SPDX-License-Identifier: Apache-2.0
#include "rules/rule_set.h"

#include "rules/compiled_rule.h"

namespace countersign {

std::string_view to_string(RuleStatus status) {
  switch (status) {
    case RuleStatus::Stable: return "stable";
    case RuleStatus::Test: return "test";
    case RuleStatus::Experimental: return "experimental";
    case RuleStatus::Deprecated: return "deprecated";
    case RuleStatus::Unsupported: return "unsupported";
  }
  return "";
}

std::optional<RuleStatus> parse_rule_status(std::string_view text) {
  for (const RuleStatus status : {RuleStatus::Stable, RuleStatus::Test, RuleStatus::Experimental,
                                  RuleStatus::Deprecated, RuleStatus::Unsupported})
    if (to_string(status) == text) return status;
  return std::nullopt;
}

RuleSet::RuleSet(std::vector<Rule> rules, std::unique_ptr<const CompiledRules> compiled,
                 std::map<Hash256, std::string> joined)
    : joined_(std::move(joined)), compiled_(std::move(compiled)) {
  Sha256 hash;
  infos_.reserve(rules.size());
  documents_.reserve(rules.size());
  for (Rule& rule : rules) {
    hash.update_u64(rule.info.id.value.size());
    hash.update(rule.info.id.value);
    hash.update(std::span<const std::uint8_t>(rule.info.content.bytes));
    infos_.push_back(std::move(rule.info));
    documents_.push_back(std::move(rule.document));
  }
  hash_ = hash.finish();
}

RuleSet::~RuleSet() = default;

RuleSetManifest RuleSet::manifest() const {
  RuleSetManifest manifest;
  manifest.hash = hash_;
  manifest.contents = joined_;
  manifest.rules.reserve(infos_.size());
  for (std::size_t i = 0; i < infos_.size(); ++i) {
    const RuleInfo& info = infos_[i];
    manifest.rules.push_back({info.id, info.content, info.title, info.author, info.description,
                              info.references, info.tags, info.level, info.generate});
    manifest.contents.emplace(info.content, documents_[i]);
  }
  return manifest;
}

}  // namespace countersign
