// SPDX-License-Identifier: Apache-2.0
#include "app/source_register.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/config_settings.h"
#include "core/limits.h"
#include "rules/yaml_reader.h"

namespace countersign {
namespace {

constexpr std::size_t kRegisterBytesMax = 8 * kMiB;
constexpr std::size_t kTextBytesMax = 256;
constexpr std::chrono::seconds kSpanMax = std::chrono::hours{24 * 366};
constexpr std::string_view kList = "expected_sources";
constexpr auto kKeys = std::to_array<std::string_view>(
    {"name", "source", "field", "values", "owner", "asset", "every", "rejects_max", "skew_max"});

/// `5%` or `0.5%`, in permille.
std::optional<std::uint64_t> to_permille(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  std::uint64_t whole = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, whole);
  if (error != std::errc{} || whole > 100) return std::nullopt;
  std::uint64_t tenth = 0;
  if (end != last) {
    if (last - end != 2 || *end != '.' || end[1] < '0' || end[1] > '9') return std::nullopt;
    tenth = static_cast<std::uint64_t>(end[1] - '0');
  }
  const std::uint64_t permille = whole * 10 + tenth;
  return permille > 1000 ? std::nullopt : std::optional(permille);
}

class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  void document(const YamlNode& root) {
    if (!root.is_map()) return error(root.where, "type", "the document must be a map");
    for (std::size_t i = 0; i < root.items.size(); ++i) {
      if (root.keys[i].text != kList) {
        error(root.keys[i].where, "unknown_key", fmt::format("no key is called {}", root.keys[i].text),
              fmt::format("the one key is {}", kList));
      } else if (!root.items[i].is_sequence()) {
        error(root.items[i].where, "type", fmt::format("{}: a list expected", kList));
      } else {
        for (const YamlNode& item : root.items[i].items) entry(item);
      }
    }
  }

  void error(Position where, std::string_view code, std::string message, std::string hint = {}) {
    result.findings.push_back({file_, where.line, where.column, Severity::Error,
                               fmt::format("sources.{}", code), std::move(message), std::move(hint)});
  }

  /// Entries of a source's observers are not judged while the source as a whole is silent.
  void cover() {
    std::map<SourceName, std::string> covers;
    for (const ExpectedSource& one : result.entries)
      if (one.subject.whole()) covers.emplace(one.subject.source, one.name);
    for (ExpectedSource& one : result.entries) {
      const auto cover = covers.find(one.subject.source);
      if (!one.subject.whole() && cover != covers.end()) one.cover = cover->second;
    }
  }

  SourceRegister result;

 private:
  void entry(const YamlNode& node) {
    if (!node.is_map()) return error(node.where, "type", "an entry must be a map");
    for (const YamlNode& key : node.keys) {
      if (std::ranges::find(kKeys, key.text) == kKeys.end())
        error(key.where, "unknown_key", fmt::format("an entry has no key {}", key.text),
              fmt::format("known keys: {}", fmt::join(kKeys, ", ")));
    }
    ExpectedSource one;
    one.name = text(node, "name", true);
    one.subject.source.value = text(node, "source", true);
    one.owner = text(node, "owner");
    one.asset = text(node, "asset");
    one.rhythm = span(node, "every", true).value_or(std::chrono::seconds{0});
    one.skew_max = span(node, "skew_max");
    one.rejects_max_permille = share(node, "rejects_max");
    one.subject.field = text(node, "field");
    const YamlNode* values = node.find("values");
    if (one.subject.whole() != (values == nullptr))
      return error(node.where, "value", "`field` and `values` go together");
    if (values == nullptr) return add(std::move(one), node.where);
    for (const char* key : {"rejects_max", "skew_max"}) {
      if (const YamlNode* found = node.find(key); found != nullptr)
        error(found->where, "value", fmt::format("{} is of a source as a whole; leave `field` out", key));
    }
    each_value(*values, std::move(one));
  }

  void each_value(const YamlNode& values, ExpectedSource one) {
    if (values.is_scalar()) {
      one.subject.value = checked(values, "values");
      return add(std::move(one), values.where);
    }
    if (!values.is_sequence() || values.items.empty())
      return error(values.where, "type", "values: a text or a list of texts expected");
    const std::string name = one.name;
    for (const YamlNode& value : values.items) {
      one.subject.value = checked(value, "values");
      one.name = fmt::format("{}/{}", name, one.subject.value);
      add(one, value.where);
    }
  }

  void add(ExpectedSource one, Position where) {
    if (!names_.insert(one.name).second)
      return error(where, "duplicate", fmt::format("two entries are called {}", one.name));
    if (!subjects_.insert(one.subject).second)
      return error(where, "duplicate", fmt::format("{}: another entry watches the same", one.name));
    if (result.entries.size() == kExpectedSourcesMax) {
      if (!std::exchange(full_, true))
        error(where, "too_many", fmt::format("more than {} entries", kExpectedSourcesMax));
      return;
    }
    result.entries.push_back(std::move(one));
  }

  const YamlNode* find(const YamlNode& node, std::string_view key, bool needed) {
    const YamlNode* found = node.find(key);
    if (found == nullptr && needed)
      error(node.where, "missing_key", fmt::format("an entry needs the key {}", key));
    return found;
  }

  std::string checked(const YamlNode& node, std::string_view key) {
    if (!node.is_scalar() || node.text.empty()) {
      error(node.where, "type", fmt::format("{}: a text expected", key));
    } else if (node.text.size() > kTextBytesMax) {
      error(node.where, "value", fmt::format("{}: longer than {} bytes", key, kTextBytesMax));
    } else {
      return node.text;
    }
    return {};
  }

  std::string text(const YamlNode& node, std::string_view key, bool needed = false) {
    const YamlNode* found = find(node, key, needed);
    return found == nullptr ? std::string() : checked(*found, key);
  }

  std::optional<std::chrono::seconds> span(const YamlNode& node, std::string_view key, bool needed = false) {
    const YamlNode* found = find(node, key, needed);
    if (found == nullptr) return std::nullopt;
    const auto value = parse_duration(found->text);
    if (found->is_scalar() && value && value->count() > 0 && *value <= kSpanMax) return value;
    error(found->where, "value", fmt::format("{}: a duration from 1s to 366d expected, such as 15m", key));
    return std::nullopt;
  }

  std::optional<std::uint64_t> share(const YamlNode& node, std::string_view key) {
    const YamlNode* found = node.find(key);
    if (found == nullptr) return std::nullopt;
    const auto value = to_permille(found->text);
    if (found->is_scalar() && value) return value;
    error(found->where, "value", fmt::format("{}: a share from 0% to 100% expected, such as 0.5%", key));
    return std::nullopt;
  }

  std::string file_;
  bool full_ = false;
  std::set<std::string> names_;
  std::set<SourceSubject> subjects_;
};

}  // namespace

bool SourceRegister::usable() const {
  return std::ranges::none_of(findings,
                              [](const Diagnostic& finding) { return finding.severity == Severity::Error; });
}

SourceRegister read_source_register(const std::filesystem::path& file) {
  Reader reader(file.string());
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  std::string text(kRegisterBytesMax + 1, '\0');
  if (in) in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in && !in.eof()) {
    reader.error({}, "unreadable",
                 fmt::format("cannot read the file: {}", std::strerror(errno == 0 ? EIO : errno)));
    return std::move(reader.result);
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kRegisterBytesMax) {
    reader.error({}, "too_large", fmt::format("longer than {} bytes", kRegisterBytesMax));
    return std::move(reader.result);
  }
  Findings findings(file.string());
  const std::vector<YamlDocument> documents = read_yaml(text, findings);
  reader.result.findings = findings.take();
  for (const YamlDocument& document : documents)
    if (document.readable) reader.document(document.root);
  reader.cover();
  return std::move(reader.result);
}

std::map<SourceName, std::shared_ptr<const ObservedValues>> observed_values(
    const std::vector<ExpectedSource>& entries) {
  std::map<SourceName, std::shared_ptr<ObservedValues>> made;
  for (const ExpectedSource& one : entries) {
    if (one.subject.whole()) continue;
    auto& values = made[one.subject.source];
    if (!values) values = std::make_shared<ObservedValues>();
    values->add(one.subject.field, one.subject.value);
  }
  return {made.begin(), made.end()};
}

}  // namespace countersign
