// SPDX-License-Identifier: Apache-2.0
#include "rules/loader.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include <fmt/core.h>

#include "core/case_fold.h"
#include "core/json_text.h"
#include "core/yaml_files.h"
#include "rules/collection.h"
#include "rules/document_reader.h"
#include "rules/filter_joiner.h"
#include "rules/text_file.h"
#include "rules/yaml_reader.h"

namespace countersign {
namespace {

namespace fs = std::filesystem;

class Loader {
 public:
  explicit Loader(const LoadOptions& options) : options_(options) {}

  void add_file(const std::string& name, std::string_view bytes) {
    ++load_.files;
    Findings findings(name);
    if (const std::optional<std::string_view> text = check_text(bytes, findings)) {
      std::vector<YamlDocument> documents = read_yaml(*text, findings);
      if (documents.empty()) findings.add("file.empty", {1, 1}, "the file holds no document");
      Collection collection(options_.lenient);
      std::size_t number = 0;
      for (YamlDocument& document : documents) add_document(document, ++number, collection, findings);
    } else {
      refuse_file();
    }
    keep(findings);
  }

  void add_unreadable(const std::string& name) {
    ++load_.files;
    Findings findings(name);
    findings.add("file.unreadable", {0, 0}, "the file cannot be read");
    refuse_file();
    keep(findings);
  }

  RuleLoad finish() {
    check_references();
    join_filters();
    load_.findings.insert(load_.findings.end(), options_.values.findings.begin(),
                          options_.values.findings.end());
    std::sort(rules_.begin(), rules_.end(),
              [](const LoadedRule& a, const LoadedRule& b) { return a.info.id < b.info.id; });
    std::vector<RuleSet::Rule> rules;
    auto compiled = std::make_unique<CompiledRules>();
    for (LoadedRule& rule : rules_) {
      complete_document(rule);
      rules.push_back({std::move(rule.info), std::move(rule.document)});
      compiled->rules.push_back(std::move(rule.compiled));
    }
    compiled->fields = fields_.take();
    load_.rules = std::make_shared<const RuleSet>(std::move(rules), std::move(compiled), std::move(joined_));
    std::stable_sort(load_.findings.begin(), load_.findings.end(),
                     [](const Diagnostic& a, const Diagnostic& b) {
                       return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
                     });
    return std::move(load_);
  }

 private:
  /// Of a document in its file.
  struct Place {
    int line = 0;
    std::size_t number = 0;  // from 1
  };
  struct Reference {
    std::string file;
    PlacedText to;
  };

  void refuse_file() {
    ++load_.documents;
    ++load_.refused;
  }

  void keep(Findings& findings) {
    for (Diagnostic& finding : findings.take()) load_.findings.push_back(std::move(finding));
  }

  void add_document(YamlDocument& document, std::size_t number, Collection& collection, Findings& findings) {
    ++load_.documents;
    if (!document.readable) {
      collection.add_unreadable(document);
      ++load_.refused;
      return;
    }
    Collection::Member member{std::move(document.root), std::string(document.text), false};
    // What is skipped is not checked; in a collection the status may stand in another document.
    if (!options_.lenient && is_skipped(member.root)) return skip(member.root);
    switch (collection.add(member, findings)) {
      case Collection::Role::Rule: break;
      case Collection::Role::Part: --load_.documents; return;
      case Collection::Role::Refused: ++load_.refused; return;
    }
    if (is_skipped(member.root)) return skip(member.root);
    if (read(std::move(member), {document.first_line, number}, findings)) {
      ++load_.loaded;
    } else {
      ++load_.refused;
    }
  }

  bool is_skipped(const YamlNode& root) const {
    const YamlNode* status = root.find("status");
    if (status == nullptr || !status->is_scalar()) return false;
    return (status->text == "deprecated" && !options_.include_deprecated) ||
           (status->text == "unsupported" && !options_.include_unsupported);
  }

  void skip(const YamlNode& root) {
    ++load_.skipped;
    for (const char* key : {"id", "name"})
      if (const YamlNode* node = root.find(key)) skipped_.insert(case_fold(node->text));
  }

  /// False: refused, and at least one error was added.
  bool read(Collection::Member member, Place place, Findings& findings) {
    const std::size_t errors_before = findings.errors();
    std::optional<ReadDocument> read =
        read_document(member.root, fields_, options_.values, options_.lenient, findings);
    if (!read) return false;
    RuleInfo& info = read->info;
    info.file = findings.file();
    info.line = place.line;
    info.content = sha256(member.text);
    claim_names(member, place, *read, findings);
    const bool filter = read->kind == ReadDocument::Kind::Filter;
    if ((filter ? filters_.size() : rules_.size()) >= options_.rules_max)
      findings.add("rule.limit", member.root.where,
                   fmt::format("more than {} {}", options_.rules_max, filter ? "filters" : "rules"));
    const bool refused = findings.errors() != errors_before;
    if (!refused) former_ids_.insert(read->former_ids.begin(), read->former_ids.end());
    for (PlacedText& reference : read->references)
      references_.push_back({findings.file(), std::move(reference)});
    admit(std::move(*read), std::move(member), refused, findings);
    return !refused;
  }

  /// What acts, for finish().
  void admit(ReadDocument read, Collection::Member member, bool refused, Findings& findings) {
    RuleInfo& info = read.info;
    if (read.kind != ReadDocument::Kind::Detection && !refused) {
      others_.insert(info.id.value);
      if (!info.name.empty()) others_.insert(info.name);
    }
    switch (read.kind) {
      case ReadDocument::Kind::Detection:
        if (refused) return;
        rules_.push_back({std::move(info),
                          std::move(member.text),
                          std::move(*read.detection),
                          std::move(read.former_ids),
                          std::move(read.placeholders),
                          {}});
        return;
      case ReadDocument::Kind::Correlation:
        if (refused) return;
        findings.add("inactive", member.root.where, "it was checked, but this version does not act on it");
        return;
      case ReadDocument::Kind::Filter:
        filters_.push_back({std::move(info), std::move(member.text), std::move(read.filter),
                            std::move(read.placeholders), refused});
        return;
    }
  }

  /// The first document with an id or a name keeps it, even when it is refused for another reason: else a
  /// typing error in one file would change which of two rules is in force.
  void claim_names(const Collection::Member& member, Place place, ReadDocument& read, Findings& findings) {
    std::string& id = read.info.id.value;
    if (id.empty()) {
      id = place.number == 1 ? "file:" + read.info.file
                             : fmt::format("file:{}#{}", read.info.file, place.number);
    } else if (const auto owner = ids_.find(id); member.inherits_id && owner != ids_.end() &&
                                                 owner->second.starts_with(findings.file() + ":")) {
      // The rules of a collection share the id of its global document.
      read.former_ids.push_back(id);
      id += fmt::format("#{}", place.number);
    }
    claim(member.root, "id", ids_, id, "rule.duplicate_id", findings);
    if (!read.info.name.empty())
      claim(member.root, "name", names_, read.info.name, "rule.duplicate_name", findings);
  }

  static void claim(const YamlNode& root, std::string_view key, std::map<std::string, std::string>& owners,
                    const std::string& value, std::string_view code, Findings& findings) {
    const YamlNode* node = root.find(key);
    const Position where = node == nullptr ? root.where : node->where;
    const auto [owner, added] = owners.try_emplace(value, fmt::format("{}:{}", findings.file(), where.line));
    if (!added)
      findings.add(code, where, fmt::format("the {} `{}` is taken by {}", key, value, owner->second),
                   "the earlier one is kept; give this one its own");
  }

  void check_references() {
    for (const Reference& reference : references_) {
      const std::string id = case_fold(reference.to.text);
      if (ids_.contains(id) || former_ids_.contains(id) || names_.contains(reference.to.text)) continue;
      Findings findings(reference.file);
      if (skipped_.contains(id)) {
        findings.add("reference.unknown", reference.to.where,
                     fmt::format("the rule `{}` was skipped because of its status", reference.to.text));
      } else {
        findings.add("reference.unknown", reference.to.where,
                     fmt::format("no rule that was read has the id or name `{}`", reference.to.text),
                     "a title refers to nothing: write the `id` of the rule, or its `name`");
      }
      keep(findings);
    }
  }

  void join_filters() {
    FilterJoiner joiner(rules_, others_, options_.filter_parts_max);
    for (const LoadedFilter& filter : filters_) {
      Findings findings(filter.info.file);
      if (!joiner.join(filter, findings)) {
        --load_.loaded;
        ++load_.refused;
      }
      keep(findings);
    }
    std::set<Hash256> used;
    for (const LoadedRule& rule : rules_) used.insert(rule.filters.begin(), rule.filters.end());
    for (LoadedFilter& filter : filters_)
      if (used.contains(filter.info.content))
        joined_.emplace(filter.info.content, std::move(filter.document));
  }

  /// A rule is another one with other filters or values: its hash must say so.
  void complete_document(LoadedRule& rule) {
    if (rule.filters.empty() && rule.placeholders.empty()) return;
    std::string more = "---\n# What else makes this rule, by the SHA-256 of its text.\n";
    if (!rule.filters.empty()) more += "filters:\n";
    for (const Hash256& filter : rule.filters) more += fmt::format("- {}\n", to_hex(filter));
    if (!rule.placeholders.empty()) more += "values:\n";
    for (const std::string& name : rule.placeholders) {
      std::string list = text_of_list(options_.values.lists.find(name)->second);
      const Hash256 hash = sha256(list);
      more += fmt::format("  {}: {}\n", json_string(name), to_hex(hash));
      joined_.emplace(hash, std::move(list));
    }
    append_document(rule.document, more);
    rule.info.content = sha256(rule.document);
  }

  LoadOptions options_;
  RuleLoad load_;
  FieldTable fields_;
  std::vector<LoadedRule> rules_;
  std::vector<LoadedFilter> filters_;      // refused ones too
  std::map<Hash256, std::string> joined_;  // documents that rules name by their hashes
  std::vector<Reference> references_;
  std::map<std::string, std::string> ids_;    // id → where it was claimed
  std::map<std::string, std::string> names_;  // name → where it was claimed
  std::set<std::string> former_ids_;          // of rules that were renamed
  std::set<std::string> skipped_;             // ids and names of documents that were skipped, case-folded
  std::set<std::string> others_;              // ids and names of correlations and filters
};

void read_file(const std::string& name, Loader& loader) {
  if (const std::optional<std::string> bytes = read_bytes(name)) {
    loader.add_file(name, *bytes);
  } else {
    loader.add_unreadable(name);
  }
}

}  // namespace

Result<RuleLoad> load_rules(const std::vector<fs::path>& paths, const LoadOptions& options) {
  std::set<std::string> files;
  for (const fs::path& path : paths) {
    const auto found = find_yaml_files(path);
    if (!found) return failure(found.error());
    for (const fs::path& file : *found) files.insert(file.generic_string());
  }
  Loader loader(options);
  for (const std::string& file : files) read_file(file, loader);
  return loader.finish();
}

RuleLoad load_rule_text(const std::string& name, std::string_view text, const LoadOptions& options) {
  Loader loader(options);
  loader.add_file(name, text);
  return loader.finish();
}

}  // namespace countersign
