// SPDX-License-Identifier: Apache-2.0
#include "rules/loader.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include <fmt/core.h>

#include "core/case_fold.h"
#include "core/limits.h"
#include "core/yaml_files.h"
#include "rules/document_reader.h"
#include "rules/yaml_reader.h"

namespace countersign {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kRuleFileBytesMax = 8 * kMiB;

/// Where the first character stands that a rule file may not hold; empty when there is none.
std::optional<Position> find_bad_character(std::string_view text) {
  Position at{1, 1};
  while (!text.empty()) {
    char32_t c = 0;
    const std::size_t size = decode_utf8(text, c);
    const bool control = c < 0x20 && c != '\t' && c != '\n' && c != '\r';
    if (control || (size == 1 && c >= 0x80)) return at;
    at = c == '\n' ? Position{at.line + 1, 1} : Position{at.line, at.column + 1};
    text.remove_prefix(size);
  }
  return std::nullopt;
}

class Loader {
 public:
  explicit Loader(const LoadOptions& options) : options_(options) {}

  void add_file(const std::string& name, std::string_view text) {
    ++load_.files;
    Findings findings(name);
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (text.size() > kRuleFileBytesMax) {
      refuse_file("file.too_large", {0, 0}, fmt::format("larger than {} bytes", kRuleFileBytesMax), findings);
    } else if (const std::optional<Position> bad = find_bad_character(text)) {
      refuse_file("file.encoding", *bad, "what stands here is no character of a UTF-8 text", findings);
    } else {
      const std::vector<YamlDocument> documents = read_yaml(text, findings);
      if (documents.empty()) findings.add("file.empty", {1, 1}, "the file holds no document");
      std::size_t number = 0;
      std::optional<int> collection;
      for (const YamlDocument& document : documents) add_document(document, ++number, collection, findings);
    }
    keep(findings);
  }

  void add_unreadable(const std::string& name) {
    ++load_.files;
    Findings findings(name);
    refuse_file("file.unreadable", {0, 0}, "the file cannot be read", findings);
    keep(findings);
  }

  RuleLoad finish() {
    check_references();
    std::sort(rules_.begin(), rules_.end(),
              [](const Loaded& a, const Loaded& b) { return a.rule.info.id < b.rule.info.id; });
    std::vector<RuleSet::Rule> rules;
    auto compiled = std::make_unique<CompiledRules>();
    for (Loaded& loaded : rules_) {
      rules.push_back(std::move(loaded.rule));
      compiled->rules.push_back(std::move(loaded.compiled));
    }
    compiled->fields = fields_.take();
    load_.rules = std::make_shared<const RuleSet>(std::move(rules), std::move(compiled));
    std::stable_sort(load_.findings.begin(), load_.findings.end(),
                     [](const Diagnostic& a, const Diagnostic& b) {
                       return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
                     });
    return std::move(load_);
  }

 private:
  struct Loaded {
    RuleSet::Rule rule;
    CompiledRule compiled;
  };
  struct Reference {
    std::string file;
    PlacedText to;
  };

  void refuse_file(std::string_view code, Position where, std::string message, Findings& findings) {
    ++load_.documents;
    ++load_.refused;
    findings.add(code, where, std::move(message));
  }

  void keep(Findings& findings) {
    for (Diagnostic& finding : findings.take()) load_.findings.push_back(std::move(finding));
  }

  /// `collection` is the line of a legacy `action` document of the same file, on which later ones depend.
  void add_document(const YamlDocument& document, std::size_t number, std::optional<int>& collection,
                    Findings& findings) {
    ++load_.documents;
    if (document.readable && is_skipped(document.root)) {
      ++load_.skipped;
      return;
    }
    if (document.readable && read(document, number, collection, findings)) {
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

  /// False: refused, and at least one error was added.
  bool read(const YamlDocument& document, std::size_t number, std::optional<int>& collection,
            Findings& findings) {
    const std::size_t errors_before = findings.errors();
    const YamlNode* action = document.root.find("action");
    if (action != nullptr || collection) {
      if (!collection) collection = document.first_line;
      findings.add(
          "document.action", action != nullptr ? action->where : document.root.where,
          fmt::format("collections with `action` are not supported; this one starts at line {}", *collection),
          "write every rule out in full");
      return false;
    }
    std::optional<ReadDocument> read = read_document(document.root, fields_, findings);
    if (!read) return false;
    RuleInfo& info = read->info;
    info.file = findings.file();
    info.line = document.first_line;
    info.content = sha256(document.text);
    claim_names(document.root, info, number, findings);
    if (rules_.size() >= options_.rules_max)
      findings.add("rule.limit", document.root.where, fmt::format("more than {} rules", options_.rules_max));
    if (findings.errors() != errors_before) return false;
    for (std::string& former : read->former_ids) former_ids_.insert(std::move(former));
    for (PlacedText& reference : read->references)
      references_.push_back({findings.file(), std::move(reference)});
    if (read->kind == ReadDocument::Kind::Detection) {
      rules_.push_back({{std::move(info), std::string(document.text)}, std::move(*read->detection)});
    } else {
      findings.add("inactive", document.root.where, "it was checked, but this version does not act on it");
    }
    return true;
  }

  /// The first document with an id or a name keeps it, even when it is refused for another reason: else a
  /// typing error in one file would change which of two rules is in force.
  void claim_names(const YamlNode& root, RuleInfo& info, std::size_t number, Findings& findings) {
    if (info.id.empty())
      info.id.value = number == 1 ? "file:" + info.file : fmt::format("file:{}#{}", info.file, number);
    claim(root, "id", ids_, info.id.value, "rule.duplicate_id", findings);
    if (!info.name.empty()) claim(root, "name", names_, info.name, "rule.duplicate_name", findings);
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
      findings.add("reference.unknown", reference.to.where,
                   fmt::format("no rule that was read has the id or name `{}`", reference.to.text));
      keep(findings);
    }
  }

  LoadOptions options_;
  RuleLoad load_;
  FieldTable fields_;
  std::vector<Loaded> rules_;
  std::vector<Reference> references_;
  std::map<std::string, std::string> ids_;    // id → where it was claimed
  std::map<std::string, std::string> names_;  // name → where it was claimed
  std::set<std::string> former_ids_;          // of rules that were renamed
};

void read_file(const std::string& name, Loader& loader) {
  std::ifstream stream(name, std::ios::binary);
  std::string text;
  std::array<char, 64 * kKiB> part{};
  while (stream && text.size() <= kRuleFileBytesMax) {
    stream.read(part.data(), part.size());
    text.append(part.data(), static_cast<std::size_t>(stream.gcount()));
  }
  if (!stream.eof() && text.size() <= kRuleFileBytesMax) return loader.add_unreadable(name);
  loader.add_file(name, text);
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
