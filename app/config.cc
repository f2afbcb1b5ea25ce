// SPDX-License-Identifier: Apache-2.0
#include "app/config.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "app/config_settings.h"
#include "app/config_yaml.h"

namespace countersign {
namespace {

using Kind = SettingKind;
using Values = std::vector<std::string>;

/// The values of one setting and where they stand.
struct Chosen {
  Values values;
  std::string origin;
  int line = 0;
  int column = 0;
};

class Loader {
 public:
  explicit Loader(const ConfigInputs& inputs) : inputs_(inputs) {}

  ConfigLoad run() {
    std::map<std::string, YamlSetting> file;
    if (!inputs_.file.empty()) {
      file = read_yaml_settings(inputs_.file, load_.findings);
      refuse_unknown(file);
    }
    refuse_unknown_environment();
    for (const Setting& setting : settings()) apply(setting, choose(setting, file));
    return std::move(load_);
  }

 private:
  void error(int line, int column, std::string code, std::string message, std::string hint = "") {
    load_.findings.push_back({inputs_.file.string(), line, column, Severity::Error, std::move(code),
                              std::move(message), std::move(hint)});
  }

  void refuse_unknown(const std::map<std::string, YamlSetting>& file) {
    for (const auto& [path, value] : file) {
      const bool known = std::any_of(settings().begin(), settings().end(),
                                     [&name = path](const Setting& setting) { return setting.path == name; });
      if (!known) {
        error(value.key_line, value.key_column, "config.unknown_key",
              fmt::format("no setting is called {}", path), "countersign config show lists all settings");
      }
    }
  }

  void refuse_unknown_environment() {
    for (const auto& [name, value] : inputs_.environment) {
      const bool known = std::any_of(
          settings().begin(), settings().end(),
          [&variable = name](const Setting& setting) { return environment_name(setting.path) == variable; });
      if (!known) {
        load_.findings.push_back({"environment", 0, 0, Severity::Error, "config.unknown_variable",
                                  fmt::format("no setting belongs to the variable {}", name), ""});
      }
    }
  }

  Chosen choose(const Setting& setting, const std::map<std::string, YamlSetting>& file) {
    const std::string path(setting.path);
    if (const auto flag = inputs_.flags.find(path); flag != inputs_.flags.end()) {
      return {flag->second, "flag", 0, 0};
    }
    const std::string variable = environment_name(path);
    if (const auto found = inputs_.environment.find(variable); found != inputs_.environment.end()) {
      return {split(setting, found->second), fmt::format("environment {}", variable), 0, 0};
    }
    if (const auto found = file.find(path); found != file.end()) {
      const YamlSetting& value = found->second;
      if (value.list != is_list(setting.kind)) {
        error(value.line, value.column, "config.type",
              fmt::format("{}: {} expected, {} found", path, is_list(setting.kind) ? "a list" : "one value",
                          value.list ? "a list" : "one value"));
        return fallback(setting);
      }
      Chosen chosen{value.values, fmt::format("{}:{}:{}", inputs_.file.string(), value.line, value.column),
                    value.line, value.column};
      if (is_path(setting.kind)) {
        for (std::string& text : chosen.values) text = beside_file(setting, text);
      }
      return chosen;
    }
    return fallback(setting);
  }

  static Chosen fallback(const Setting& setting) {
    return {split(setting, std::string(setting.fallback)), "default", 0, 0};
  }

  static Values split(const Setting& setting, const std::string& text) {
    if (!is_list(setting.kind)) return {text};
    Values values;
    std::size_t start = 0;
    while (start < text.size()) {
      const std::size_t comma = std::min(text.find(',', start), text.size());
      values.push_back(text.substr(start, comma - start));
      start = comma + 1;
    }
    return values;
  }

  /// `shipped` is a word of the lists of rules and packs.
  std::string beside_file(const Setting& setting, const std::string& text) const {
    const std::filesystem::path path(text);
    if (text.empty() || path.is_absolute()) return text;
    if (text == "shipped" && setting.kind == SettingKind::Paths) return text;
    return (inputs_.file.parent_path() / path).lexically_normal().string();
  }

  void apply(const Setting& setting, Chosen chosen) {
    bool sound = true;
    for (const std::string& value : chosen.values) {
      if (const std::optional<std::string> problem = check_value(setting, value)) {
        const bool in_file = chosen.line != 0;
        load_.findings.push_back({in_file ? inputs_.file.string() : chosen.origin, chosen.line, chosen.column,
                                  Severity::Error, "config.value",
                                  fmt::format("{}: {}", setting.path, *problem), ""});
        sound = false;
      }
    }
    if (sound) setting.put(load_.config, chosen.values);
    load_.lines.push_back(
        {std::string(setting.path), fmt::format("{}", fmt::join(chosen.values, ", ")), chosen.origin});
  }

  const ConfigInputs& inputs_;
  ConfigLoad load_;
};

std::string bounds_text(const Setting& setting) {
  switch (setting.kind) {
    case Kind::Text: return "text";
    case Kind::Texts: return "list of texts";
    case Kind::Path: return "path";
    case Kind::Paths: return "list of paths";
    case Kind::Address: return "address:port";
    case Kind::Count: return fmt::format("{} to {}", setting.low, setting.high);
    case Kind::Bytes: return fmt::format("bytes, {} to {}", setting.low, setting.high);
    case Kind::Duration: return fmt::format("duration, {} s to {} s", setting.low, setting.high);
    case Kind::Choice: return fmt::format("one of {}", fmt::join(setting.choices, ", "));
  }
  return "";
}

}  // namespace

bool ConfigLoad::usable() const {
  return std::none_of(findings.begin(), findings.end(),
                      [](const Diagnostic& finding) { return finding.severity == Severity::Error; });
}

ConfigLoad load_config(const ConfigInputs& inputs) { return Loader(inputs).run(); }

std::map<std::string, std::string> config_environment() {
  std::map<std::string, std::string> found;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (!text.starts_with("COUNTERSIGN_") || equals == std::string_view::npos) continue;
    found.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return found;
}

Result<void> require_for_serve(const Config& config) {
  Error error{ErrorKind::InvalidArgument, "settings are missing", {}};
  const auto need = [&error](bool present, std::string_view path, std::string_view flag) {
    if (present) return;
    error.fields.push_back({std::string(path), "missing", fmt::format("set {} or {}", path, flag)});
    error.message += fmt::format("{} {} ({})", error.fields.size() == 1 ? ":" : ",", path, flag);
  };
  need(!config.data.empty(), "data", "--data DIR");
  need(!config.log.origin.empty(), "log.origin", "--origin NAME");
  need(!config.log.key_file.empty(), "log.key_file", "--key FILE");
  need(!config.log.last_signed_file.empty(), "log.last_signed_file", "--last-signed FILE");
  if (!error.fields.empty()) return failure(std::move(error));
  return {};
}

std::string config_reference() {
  std::string out =
      "# Configuration\n\nOne YAML file (`--config FILE`), overridden by the environment, overridden by "
      "flags. An unknown "
      "key, a wrong type and a value out of bounds are errors with line and column. Relative paths of the "
      "file are "
      "relative to its folder. `countersign config check` reads it without starting anything; `countersign "
      "config show "
      "--origin` prints each value and where it came from.\n\nThis page is made by `countersign config "
      "reference`.\n\n"
      "| setting | environment | value | default | meaning |\n| --- | --- | --- | --- | --- |\n";
  for (const Setting& setting : settings()) {
    out += fmt::format("| `{}` | `{}` | {} | {} | {} |\n", setting.path, environment_name(setting.path),
                       bounds_text(setting),
                       setting.fallback.empty() ? "–" : fmt::format("`{}`", setting.fallback), setting.help);
  }
  return out;
}

}  // namespace countersign
