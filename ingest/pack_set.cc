// SPDX-License-Identifier: Apache-2.0
#include "ingest/pack_set.h"

#include <algorithm>
#include <utility>

#include "ingest/json_index.h"
#include "ingest/pack_program.h"
#include "ingest/text_index.h"

namespace countersign {

PackSet::PackSet(std::vector<std::unique_ptr<const Pack>> packs, PackSetManifest manifest)
    : packs_(std::move(packs)),
      json_index_(std::make_unique<JsonIndex>(packs_)),
      text_index_(std::make_unique<TextIndex>(packs_)),
      manifest_(std::move(manifest)) {
  Sha256 sha;
  for (const auto& [name, content] : manifest_.packs) {
    sha.update_u64(name.size());
    sha.update(name);
    sha.update(content.bytes);
  }
  manifest_.hash = sha.finish();
}

PackSet::~PackSet() = default;

const Pack* PackSet::find(std::string_view name) const {
  for (const auto& pack : packs_) {
    if (pack->name == name) return pack.get();
  }
  return nullptr;
}

bool PackSet::has_duplicate_keys(std::string_view pack) const {
  return std::any_of(packs_.begin(), packs_.end(), [&](const auto& candidate) {
    const auto& outcomes = candidate->outcomes;
    return (pack.empty() || candidate->name == pack) &&
           std::any_of(outcomes.begin(), outcomes.end(),
                       [](const auto& outcome) { return !outcome->duplicate_key.empty(); });
  });
}

std::vector<const EventClass*> PackSet::event_classes() const {
  std::vector<const EventClass*> classes;
  for (const auto& pack : packs_)
    for (const auto& outcome : pack->outcomes) classes.push_back(&outcome->event_class);
  return classes;
}

}  // namespace countersign
