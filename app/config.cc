// SPDX-License-Identifier: Apache-2.0
#include "app/config.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <limits>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "app/config_yaml.h"
#include "core/limits.h"

namespace countersign {
namespace {

enum class Kind : std::uint8_t { Text, Path, Paths, Texts, Address, Count, Bytes, Duration, Choice };

using Number = std::uint64_t;

/// One setting. `put` receives text that has passed the checks of its kind.
struct Setting {
  std::string_view path;
  Kind kind;
  std::string_view fallback;
  Number low;  // Count, Bytes, Duration (seconds)
  Number high;
  std::vector<std::string_view> choices;
  std::string_view help;
  std::function<void(Config&, const std::vector<std::string>&)> put;
};

std::optional<Number> to_number(std::string_view text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

/// A number with a unit of the table; a number alone is bytes or seconds.
std::optional<Number> to_scaled(std::string_view text,
                                const std::vector<std::pair<std::string_view, Number>>& units) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::optional<Number> value = to_number(text.substr(0, digits));
  std::string_view unit = text.substr(digits);
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  if (!value) return std::nullopt;
  if (unit.empty()) return value;
  for (const auto& [name, factor] : units) {
    if (name == unit) {
      if (*value > std::numeric_limits<Number>::max() / factor) return std::nullopt;
      return *value * factor;
    }
  }
  return std::nullopt;
}

std::optional<Number> to_bytes(std::string_view text) {
  return to_scaled(text, {{"B", 1},
                          {"KiB", kKiB},
                          {"MiB", kMiB},
                          {"GiB", 1024 * kMiB},
                          {"kB", 1'000},
                          {"MB", 1'000'000},
                          {"GB", 1'000'000'000}});
}

std::optional<Number> to_seconds(std::string_view text) {
  return to_scaled(text, {{"s", 1}, {"m", 60}, {"h", 3'600}, {"d", 86'400}});
}

constexpr Number kGiB = 1024 * kMiB;

using Values = std::vector<std::string>;

std::vector<std::filesystem::path> as_paths(const Values& values) { return {values.begin(), values.end()}; }

std::vector<Setting> log_settings() {
  return {
      {"data",
       Kind::Path,
       "",
       0,
       0,
       {},
       "Folder of the store. Created when absent; one process at a time.",
       [](Config& c, const Values& v) { c.data = v[0]; }},
      {"log.origin",
       Kind::Text,
       "",
       0,
       0,
       {},
       "Name of the evidence log and of its key, for example `countersign.example.com/log1`. Never changes "
       "while the "
       "log lives.",
       [](Config& c, const Values& v) { c.log.origin = v[0]; }},
      {"log.key_file",
       Kind::Path,
       "",
       0,
       0,
       {},
       "Ed25519 private key, PKCS#8 PEM, mode 0600, outside the data folder.",
       [](Config& c, const Values& v) { c.log.key_file = v[0]; }},
      {"log.last_signed_file",
       Kind::Path,
       "",
       0,
       0,
       {},
       "Size and root last signed; outside the data folder, best on another volume, so that a restored "
       "backup cannot "
       "sign a second history.",
       [](Config& c, const Values& v) { c.log.last_signed_file = v[0]; }},
  };
}

std::vector<Setting> door_settings() {
  return {
      {"listen",
       Kind::Address,
       "127.0.0.1:8080",
       0,
       0,
       {},
       "Address and port of the API; port 0 takes any free one.",
       [](Config& c, const Values& v) { c.listen = v[0]; }},
      {"metrics",
       Kind::Address,
       "127.0.0.1:9464",
       0,
       0,
       {},
       "Address and port of `/metrics`.",
       [](Config& c, const Values& v) { c.metrics = v[0]; }},
      {"rules",
       Kind::Paths,
       "",
       0,
       0,
       {},
       "Files and folders of Sigma rules. When none is named, the shipped library is used.",
       [](Config& c, const Values& v) { c.rules = as_paths(v); }},
      {"packs",
       Kind::Paths,
       "",
       0,
       0,
       {},
       "Files and folders of mapping packs. When none is named, the shipped packs are used.",
       [](Config& c, const Values& v) { c.packs = as_paths(v); }},
      {"sources",
       Kind::Texts,
       "",
       0,
       0,
       {},
       "Where messages come from: `file:PATH`, `stdin`, `kafka:TOPIC`.",
       [](Config& c, const Values& v) { c.sources = v; }},
  };
}

std::vector<Setting> kafka_settings() {
  return {
      {"kafka.brokers",
       Kind::Text,
       "",
       0,
       0,
       {},
       "Comma-separated `host:port` to begin with.",
       [](Config& c, const Values& v) { c.kafka.brokers = v[0]; }},
      {"kafka.security_protocol",
       Kind::Choice,
       "plaintext",
       0,
       0,
       {"plaintext", "ssl", "sasl_plaintext", "sasl_ssl"},
       "How to talk to the brokers.",
       [](Config& c, const Values& v) { c.kafka.security_protocol = v[0]; }},
      {"kafka.sasl_mechanism",
       Kind::Choice,
       "PLAIN",
       0,
       0,
       {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"},
       "Only with a `sasl_…` protocol. SCRAM against Kafka 4 needs librdkafka 2.6.1 or newer.",
       [](Config& c, const Values& v) { c.kafka.sasl_mechanism = v[0]; }},
      {"kafka.sasl_username",
       Kind::Text,
       "",
       0,
       0,
       {},
       "User for SASL.",
       [](Config& c, const Values& v) { c.kafka.sasl_username = v[0]; }},
      {"kafka.sasl_password_file",
       Kind::Path,
       "",
       0,
       0,
       {},
       "File that holds the password for SASL.",
       [](Config& c, const Values& v) { c.kafka.sasl_password_file = v[0]; }},
      {"kafka.ssl_ca_file",
       Kind::Path,
       "",
       0,
       0,
       {},
       "PEM of the authorities to trust.",
       [](Config& c, const Values& v) { c.kafka.ssl_ca_file = v[0]; }},
      {"kafka.ssl_certificate_file",
       Kind::Path,
       "",
       0,
       0,
       {},
       "PEM of the client certificate.",
       [](Config& c, const Values& v) { c.kafka.ssl_certificate_file = v[0]; }},
      {"kafka.ssl_key_file",
       Kind::Path,
       "",
       0,
       0,
       {},
       "PEM of the client's private key.",
       [](Config& c, const Values& v) { c.kafka.ssl_key_file = v[0]; }},
      {"kafka.start",
       Kind::Choice,
       "beginning",
       0,
       0,
       {"beginning", "end"},
       "Where a partition starts that the store has no position of.",
       [](Config& c, const Values& v) { c.kafka.start = v[0]; }},
  };
}

std::vector<Setting> limit_settings() {
  return {
      {"ingest.workers",
       Kind::Count,
       "0",
       0,
       256,
       {},
       "Detection threads; 0 is one per core.",
       [](Config& c, const Values& v) { c.ingest.workers = *to_number(v[0]); }},
      {"ingest.message_bytes_max",
       Kind::Bytes,
       "1MiB",
       kKiB,
       64 * kMiB,
       {},
       "A longer message becomes a dead letter `too_large`.",
       [](Config& c, const Values& v) { c.ingest.message_bytes_max = *to_bytes(v[0]); }},
      {"disk.ingest_pause_bytes",
       Kind::Bytes,
       "1GiB",
       0,
       1024 * kGiB,
       {},
       "With less room on the data volume, reading pauses.",
       [](Config& c, const Values& v) { c.disk.ingest_pause_bytes = *to_bytes(v[0]); }},
      {"disk.actions_refuse_bytes",
       Kind::Bytes,
       "256MiB",
       0,
       1024 * kGiB,
       {},
       "With less room on the data volume, actions are answered with 507.",
       [](Config& c, const Values& v) { c.disk.actions_refuse_bytes = *to_bytes(v[0]); }},
      {"review.session",
       Kind::Duration,
       "12h",
       300,
       7 * 86'400,
       {},
       "How long a person stays signed in.",
       [](Config& c, const Values& v) {
         c.review.session = std::chrono::seconds(static_cast<std::int64_t>(*to_seconds(v[0])));
       }},
      {"review.lease",
       Kind::Duration,
       "8h",
       60,
       30 * 86'400,
       {},
       "How long a taken alert stays with its owner without a touch.",
       [](Config& c, const Values& v) {
         c.review.lease = std::chrono::seconds(static_cast<std::int64_t>(*to_seconds(v[0])));
       }},
      {"review.threads",
       Kind::Count,
       "2",
       1,
       64,
       {},
       "Threads of the API server.",
       [](Config& c, const Values& v) { c.review.threads = *to_number(v[0]); }},
      {"logging.level",
       Kind::Choice,
       "info",
       0,
       0,
       {"debug", "info", "warn", "error"},
       "Least level written to stderr.",
       [](Config& c, const Values& v) { c.logging.level = v[0]; }},
      {"logging.format",
       Kind::Choice,
       "text",
       0,
       0,
       {"text", "json"},
       "Form of a log line.",
       [](Config& c, const Values& v) { c.logging.format = v[0]; }},
  };
}

const std::vector<Setting>& settings() {
  static const std::vector<Setting> table = [] {
    std::vector<Setting> all;
    for (auto* part : {&log_settings, &door_settings, &kafka_settings, &limit_settings}) {
      for (Setting& setting : part()) all.push_back(std::move(setting));
    }
    return all;
  }();
  return table;
}

bool is_list(Kind kind) { return kind == Kind::Paths || kind == Kind::Texts; }
bool is_path(Kind kind) { return kind == Kind::Path || kind == Kind::Paths; }

std::string environment_name(std::string_view path) {
  std::string name = "COUNTERSIGN_";
  for (const char c : path)
    name.push_back(c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
  return name;
}

std::optional<std::string> check_scaled(const Setting& setting, const std::string& value,
                                        std::optional<Number> number, std::string_view form) {
  if (!number) return fmt::format("{} is not {}", value, form);
  if (*number < setting.low || *number > setting.high) {
    return fmt::format("{} is out of bounds: {} to {}", value, setting.low, setting.high);
  }
  return std::nullopt;
}

std::optional<std::string> check_address(const std::string& value) {
  const std::size_t colon = value.rfind(':');
  const std::optional<Number> port =
      colon == std::string::npos ? std::nullopt : to_number(std::string_view(value).substr(colon + 1));
  if (!port || colon == 0) return fmt::format("{} is not ADDRESS:PORT", value);
  if (*port > 65'535) return fmt::format("port {} is out of bounds: 0 to 65535", *port);
  return std::nullopt;
}

/// What is wrong with a value, or nothing.
std::optional<std::string> check_value(const Setting& setting, const std::string& value) {
  switch (setting.kind) {
    case Kind::Text:
    case Kind::Texts:
    case Kind::Path:
    case Kind::Paths:
      if (value.empty() && is_list(setting.kind)) return "an empty text";
      return std::nullopt;
    case Kind::Address: return check_address(value);
    case Kind::Count: return check_scaled(setting, value, to_number(value), "a number");
    case Kind::Bytes: return check_scaled(setting, value, to_bytes(value), "a number of bytes such as 4MiB");
    case Kind::Duration:
      return check_scaled(setting, value, to_seconds(value), "a duration such as 90s, 15m, 12h");
    case Kind::Choice:
      if (std::find(setting.choices.begin(), setting.choices.end(), value) != setting.choices.end())
        return std::nullopt;
      return fmt::format("{} is not one of {}", value, fmt::join(setting.choices, ", "));
  }
  return std::nullopt;
}

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
        for (std::string& text : chosen.values) text = beside_file(text);
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

  std::string beside_file(const std::string& text) const {
    const std::filesystem::path path(text);
    if (text.empty() || path.is_absolute()) return text;
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
