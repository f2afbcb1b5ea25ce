// SPDX-License-Identifier: Apache-2.0
// What all readers of pack files need: typed looks at YAML nodes, which say what is wrong and go on. One
// thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/pack_source.h"
#include "ingest/pack_tests.h"
#include "rules/yaml_reader.h"

namespace countersign {

class PackYaml {
 public:
  using Handler = std::function<void(const YamlNode&)>;

  explicit PackYaml(PackFindings& findings) : findings_(findings) {}

  void value_error(const YamlNode& node, std::string message, std::string hint = {});
  void wrong_type(const YamlNode& node, std::string_view wanted);

  /// Hands each value to the handler of its key; unknown, repeated and missing keys are errors.
  void keys(const YamlNode& node, std::string_view what, const std::map<std::string, Handler>& known,
            const std::vector<std::string>& required = {});
  void each(const YamlNode& node, const Handler& handler);
  void pairs(const YamlNode& node, const std::function<void(const std::string&, const YamlNode&)>& handler);

  std::string text(const YamlNode& node);
  std::vector<std::string> texts(const YamlNode& node);
  std::vector<std::string> folded(const YamlNode& node);
  std::int64_t number(const YamlNode& node);
  bool truth(const YamlNode& node);
  /// One word of a closed list.
  template <class T>
  T word(const YamlNode& node, const std::map<std::string, T>& known, T fallback) {
    const std::string given = text(node);
    const auto found = known.find(given);
    if (found != known.end()) return found->second;
    std::vector<std::string_view> names;
    for (const auto& [name, unused] : known) names.emplace_back(name);
    unknown_word(node, given, names);
    return fallback;
  }

  PackFindings& findings() { return findings_; }

 private:
  void unknown_word(const YamlNode& node, const std::string& given,
                    const std::vector<std::string_view>& names);

  PackFindings& findings_;
};

// The parts of a pack file, each in a file of its own.
std::vector<Shape> read_shapes(const YamlNode& node, PackYaml& yaml);
std::vector<FieldMap> read_maps(const YamlNode& node, PackYaml& yaml);
TimeRules read_time(const YamlNode& node, PackYaml& yaml);
std::vector<FieldCondition> read_equals(const YamlNode& node, PackYaml& yaml);
std::vector<LogSource> read_log_sources(const YamlNode& node, PackYaml& yaml);
std::vector<PackTest> read_pack_tests(const YamlNode& node, PackYaml& yaml);

}  // namespace countersign
