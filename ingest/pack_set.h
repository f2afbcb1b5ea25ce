// SPDX-License-Identifier: Apache-2.0
// The mapping packs of one configuration: how messages of each product become events. Immutable and shared;
// the EventClass of every event lives here. A new version is built aside (pack_loader.h) and swapped.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/log_source.h"
#include "core/report.h"

namespace countersign {

class JsonIndex;
struct Pack;
class TextIndex;

class PackSet {
 public:
  /// `packs` sorted as they are tried; `manifest.hash` is set here.
  PackSet(std::vector<std::unique_ptr<const Pack>> packs, PackSetManifest manifest);
  ~PackSet();
  PackSet(const PackSet&) = delete;
  PackSet& operator=(const PackSet&) = delete;

  /// In the order in which they are tried: larger priority first, then by name.
  std::span<const std::unique_ptr<const Pack>> packs() const { return packs_; }
  const Pack* find(std::string_view name) const;
  const JsonIndex& json_index() const { return *json_index_; }
  /// Of the shapes that are not JSON.
  const TextIndex& text_index() const { return *text_index_; }
  /// What events can be: every class that a pack may give them.
  std::vector<const EventClass*> event_classes() const;

  /// Whether some event can be a duplicate of another; `pack`: the only one that is asked, empty: all.
  bool has_duplicate_keys(std::string_view pack) const;

  /// SHA-256 over name and content of each pack, by name.
  const Hash256& hash() const { return manifest_.hash; }
  const PackSetManifest& manifest() const { return manifest_; }

 private:
  std::vector<std::unique_ptr<const Pack>> packs_;
  std::unique_ptr<const JsonIndex> json_index_;
  std::unique_ptr<const TextIndex> text_index_;
  PackSetManifest manifest_;
};

}  // namespace countersign
