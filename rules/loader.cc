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
#include "rules/detection_compiler.h"
#include "rules/detection_reader.h"
#include "rules/metadata_reader.h"
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
    if (const std::optional<Position> bad = find_bad_character(text)) {
      refuse_file("file.encoding", *bad, "neither UTF-8 text nor a line end or tab stands here", findings);
    } else {
      const std::vector<YamlDocument> documents = read_yaml(text, findings);
      if (documents.empty()) findings.add("file.empty", {1, 1}, "the file holds no document");
      std::size_t number = 0;
      for (const YamlDocument& document : documents) add_document(document, ++number, findings);
    }
    keep(findings);
  }

  void add_unreadable(const std::string& name, std::string_view code, std::string message) {
    ++load_.files;
    Findings findings(name);
    refuse_file(code, {0, 0}, std::move(message), findings);
    keep(findings);
  }

  RuleLoad finish() {
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

  void refuse_file(std::string_view code, Position where, std::string message, Findings& findings) {
    ++load_.documents;
    ++load_.refused;
    findings.add(code, where, std::move(message));
  }

  void keep(Findings& findings) {
    for (Diagnostic& finding : findings.take()) load_.findings.push_back(std::move(finding));
  }

  void add_document(const YamlDocument& document, std::size_t number, Findings& findings) {
    ++load_.documents;
    if (!document.readable) {
      ++load_.refused;
      return;
    }
    const std::size_t errors_before = findings.errors();
    if (is_skipped(document.root)) {
      ++load_.skipped;
      return;
    }
    read_rule(document, number, findings);
    ++(findings.errors() == errors_before ? load_.loaded : load_.refused);
  }

  bool is_skipped(const YamlNode& root) const {
    const YamlNode* status = root.find("status");
    if (status == nullptr || !status->is_scalar()) return false;
    return (status->text == "deprecated" && !options_.include_deprecated) ||
           (status->text == "unsupported" && !options_.include_unsupported);
  }

  void read_rule(const YamlDocument& document, std::size_t number, Findings& findings) {
    const std::size_t errors_before = findings.errors();
    const YamlNode& root = document.root;
    if (root.is_map() && (root.find("correlation") != nullptr || root.find("filter") != nullptr)) {
      findings.add("inactive", root.where, "correlations and filters are not active in this version");
      return;
    }
    const YamlNode* detection = root.find("detection");
    if (!root.is_map() || detection == nullptr) {
      findings.add("document.kind", root.where, "the document has no `detection`, `correlation` or `filter`");
      return;
    }
    Loaded loaded;
    RuleInfo& info = loaded.rule.info;
    read_metadata(root, info, findings);
    read_log_source(root, info.log_source, findings);
    const DetectionDocument detections = read_detection(*detection, detection->where, {}, findings);
    std::optional<CompiledRule> compiled = compile_detection(detections, fields_, findings);
    info.file = findings.file();
    info.line = document.first_line;
    info.content = sha256(document.text);
    if (info.id.empty())
      info.id.value = number == 1 ? "file:" + info.file : fmt::format("file:{}#{}", info.file, number);
    loaded.rule.document = std::string(document.text);
    claim(root, "id", ids_, info.id.value, "rule.duplicate_id", findings);
    if (!info.name.empty()) claim(root, "name", names_, info.name, "rule.duplicate_name", findings);
    if (findings.errors() != errors_before) return;
    loaded.compiled = std::move(*compiled);
    rules_.push_back(std::move(loaded));
  }

  /// The first document with an id or a name keeps it, even when it is refused for another reason: else a
  /// typing error in one file would change which of two rules is in force.
  void claim(const YamlNode& root, std::string_view key, std::map<std::string, std::string>& owners,
             const std::string& value, std::string_view code, Findings& findings) {
    const YamlNode* node = root.find(key);
    const Position where = node == nullptr ? root.where : node->where;
    const auto [owner, added] = owners.try_emplace(value, fmt::format("{}:{}", findings.file(), where.line));
    if (!added)
      findings.add(code, where, fmt::format("the {} `{}` is taken by {}", key, value, owner->second),
                   "the earlier one is kept; give this one its own");
  }

  LoadOptions options_;
  RuleLoad load_;
  FieldTable fields_;
  std::vector<Loaded> rules_;
  std::map<std::string, std::string> ids_;    // id → where it was claimed
  std::map<std::string, std::string> names_;  // name → where it was claimed
};

bool is_rule_file(const fs::path& path) { return path.extension() == ".yml" || path.extension() == ".yaml"; }

Result<void> collect(const fs::path& path, std::set<std::string>& files) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found)
    return failure(ErrorKind::NotFound, fmt::format("there is no file or folder {}", path.string()));
  if (error) return failure(ErrorKind::Unavailable, fmt::format("{}: {}", path.string(), error.message()));
  if (status.type() != fs::file_type::directory) {
    files.insert(path.generic_string());
    return {};
  }
  fs::recursive_directory_iterator entries(path, error);
  for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
    std::error_code ignored;
    if (is_rule_file(entries->path()) && entries->is_regular_file(ignored))
      files.insert(entries->path().generic_string());
  }
  if (error) return failure(ErrorKind::Unavailable, fmt::format("{}: {}", path.string(), error.message()));
  return {};
}

void read_file(const std::string& name, Loader& loader) {
  std::ifstream stream(name, std::ios::binary);
  std::string text;
  std::array<char, 64 * kKiB> part{};
  while (stream && text.size() <= kRuleFileBytesMax) {
    stream.read(part.data(), part.size());
    text.append(part.data(), static_cast<std::size_t>(stream.gcount()));
  }
  if (text.size() > kRuleFileBytesMax)
    return loader.add_unreadable(name, "file.too_large",
                                 fmt::format("larger than {} bytes", kRuleFileBytesMax));
  if (!stream.eof()) return loader.add_unreadable(name, "file.unreadable", "the file cannot be read");
  loader.add_file(name, text);
}

}  // namespace

Result<RuleLoad> load_rules(const std::vector<fs::path>& paths, const LoadOptions& options) {
  std::set<std::string> files;
  for (const fs::path& path : paths)
    if (Result<void> collected = collect(path, files); !collected) return failure(collected.error());
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
