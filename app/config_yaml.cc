// SPDX-License-Identifier: Apache-2.0
#include "app/config_yaml.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

namespace countersign {
namespace {

constexpr std::size_t kConfigBytesMax = 1U << 20U;
constexpr int kDepthMax = 8;

class Flattener {
 public:
  Flattener(std::string file, std::vector<Diagnostic>& findings)
      : file_(std::move(file)), findings_(findings) {}

  void error(const YAML::Mark& mark, std::string code, std::string message) {
    findings_.push_back({file_, mark.is_null() ? 0 : mark.line + 1, mark.is_null() ? 0 : mark.column + 1,
                         Severity::Error, std::move(code), std::move(message), ""});
  }

  void map(const YAML::Node& node, const std::string& prefix, int depth) {
    for (const auto& member : node) {
      if (!member.first.IsScalar()) {
        error(member.first.Mark(), "config.type", "a key must be a text");
        continue;
      }
      value(prefix + member.first.Scalar(), member.first.Mark(), member.second, depth);
    }
  }

  std::map<std::string, YamlSetting> settings;

 private:
  void value(const std::string& path, const YAML::Mark& key, const YAML::Node& node, int depth) {
    if (node.IsMap()) {
      if (depth >= kDepthMax)
        return error(key, "config.depth", fmt::format("{} is nested deeper than {}", path, kDepthMax));
      return map(node, path + ".", depth + 1);
    }
    YamlSetting setting;
    const YAML::Mark mark = node.Mark().is_null() ? key : node.Mark();
    setting.line = mark.line + 1;
    setting.column = mark.column + 1;
    setting.key_line = key.line + 1;
    setting.key_column = key.column + 1;
    setting.list = node.IsSequence();
    if (node.IsSequence()) {
      for (const auto& item : node) {
        if (!item.IsScalar())
          return error(item.Mark(), "config.type", fmt::format("{}: texts expected in the list", path));
        setting.values.push_back(item.Scalar());
      }
    } else {
      setting.values.push_back(node.IsScalar() ? node.Scalar() : "");
    }
    if (!settings.emplace(path, std::move(setting)).second) {
      error(key, "config.duplicate_key", fmt::format("{} is set twice", path));
    }
  }

  std::string file_;
  std::vector<Diagnostic>& findings_;
};

}  // namespace

std::map<std::string, YamlSetting> read_yaml_settings(const std::filesystem::path& file,
                                                      std::vector<Diagnostic>& findings) {
  Flattener flattener(file.string(), findings);
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  std::string text(kConfigBytesMax + 1, '\0');
  if (in) in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in && !in.eof()) {
    flattener.error(YAML::Mark::null_mark(), "config.unreadable",
                    fmt::format("cannot read the file: {}", std::strerror(errno == 0 ? EIO : errno)));
    return {};
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kConfigBytesMax) {
    flattener.error(YAML::Mark::null_mark(), "config.too_large",
                    fmt::format("longer than {} bytes", kConfigBytesMax));
    return {};
  }
  try {
    const YAML::Node root = YAML::Load(text);
    if (root.IsMap()) {
      flattener.map(root, "", 1);
    } else if (!root.IsNull()) {
      flattener.error(root.Mark(), "config.type", "the file must be a map of settings");
    }
  } catch (const YAML::Exception& problem) {
    flattener.error(problem.mark, "config.yaml", problem.msg);
  }
  return std::move(flattener.settings);
}

}  // namespace countersign
