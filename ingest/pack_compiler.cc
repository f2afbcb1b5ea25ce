// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <set>

#include "ingest/pack_source.h"

namespace countersign {
namespace {

/// A log source that another one covers adds nothing: every rule of it is a rule of the other.
void add_log_source(std::vector<LogSource>& all, const LogSource& added) {
  for (const LogSource& present : all) {
    if (covers(added, present)) return;
  }
  std::erase_if(all, [&](const LogSource& present) { return covers(present, added); });
  all.push_back(added);
}

class ClassCompiler {
 public:
  ClassCompiler(PackSource& source, Pack& pack) : source_(source), pack_(pack) {
    for (ClassSource& entry : source_.classes) {
      std::vector<const FieldMap*>& maps = maps_.emplace_back();
      for (FieldMap& map : entry.maps) {
        pack_.class_maps.push_back(std::make_unique<FieldMap>(std::move(map)));
        maps.push_back(pack_.class_maps.back().get());
      }
    }
  }

  void compile() {
    std::vector<std::size_t> all(source_.classes.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
    for (const std::string& field : source_.class_fields) pack_.class_fields.emplace_back(field);
    pack_.class_root = node(0, all);
  }

 private:
  using Entries = std::vector<std::size_t>;

  const std::vector<std::string>* values(std::size_t entry, const std::string& field) const {
    for (const auto& [name, list] : source_.classes[entry].when) {
      if (name == field) return &list;
    }
    return nullptr;
  }

  /// The decision for `entries`, which still may apply, from `level` on.
  std::uint32_t node(std::size_t level, const Entries& entries) {
    if (level == source_.class_fields.size()) return outcome(entries);
    const auto known = nodes_.find({level, entries});
    if (known != nodes_.end()) return known->second;
    const std::string& field = source_.class_fields[level];
    std::set<std::string> mentioned;
    Entries others;
    for (const std::size_t entry : entries) {
      const std::vector<std::string>* list = values(entry, field);
      if (list == nullptr) {
        others.push_back(entry);
      } else {
        mentioned.insert(list->begin(), list->end());
      }
    }
    ClassNode made;
    made.other = node(level + 1, others);
    for (const std::string& value : mentioned) {
      Entries apply;
      for (const std::size_t entry : entries) {
        const std::vector<std::string>* list = values(entry, field);
        if (list == nullptr || std::find(list->begin(), list->end(), value) != list->end())
          apply.push_back(entry);
      }
      made.children.emplace_back(value, node(level + 1, apply));
    }
    const auto index = static_cast<std::uint32_t>(pack_.class_nodes.size());
    pack_.class_nodes.push_back(std::move(made));
    nodes_[{level, entries}] = index;
    return index;
  }

  std::uint32_t outcome(const Entries& entries) {
    const auto known = outcomes_.find(entries);
    if (known != outcomes_.end()) return known->second;
    auto made = std::make_unique<ClassOutcome>();
    made->event_class.pack = pack_.name;
    made->event_class.group_by = source_.group_by;
    const std::vector<std::string>* duplicate_key = &source_.duplicate_key;
    for (const std::size_t entry : entries) {
      const ClassSource& source = source_.classes[entry];
      for (const LogSource& log_source : source.log_sources)
        add_log_source(made->event_class.log_sources, log_source);
      if (!source.group_by.empty()) made->event_class.group_by = source.group_by;
      if (!source.duplicate_key.empty()) duplicate_key = &source.duplicate_key;
      if (source.vendor_alert != nullptr) made->vendor_alert = source.vendor_alert;
      // Later classes are the more special ones: their sources are asked first.
      made->maps.insert(made->maps.begin(), maps_[entry].begin(), maps_[entry].end());
    }
    for (const std::string& field : *duplicate_key) made->duplicate_key.emplace_back(field);
    const auto index = static_cast<std::uint32_t>(pack_.outcomes.size());
    pack_.outcomes.push_back(std::move(made));
    outcomes_[entries] = index;
    return index;
  }

  PackSource& source_;
  Pack& pack_;
  std::vector<std::vector<const FieldMap*>> maps_;  // by entry
  std::map<std::pair<std::size_t, Entries>, std::uint32_t> nodes_;
  std::map<Entries, std::uint32_t> outcomes_;
};

}  // namespace

std::unique_ptr<const Pack> compile_pack(PackSource source) {
  auto pack = std::make_unique<Pack>(std::move(source.pack));
  ClassCompiler(source, *pack).compile();
  return pack;
}

}  // namespace countersign
