// SPDX-License-Identifier: Apache-2.0
#include "app/config_settings.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/limits.h"

namespace countersign {
namespace {

using Kind = SettingKind;
using Number = std::uint64_t;

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
  };
}

std::vector<Setting> detection_settings() {
  return {
      {"rules",
       Kind::Paths,
       "",
       0,
       0,
       {},
       "Files and folders of Sigma rules; the word shipped stands for the library that ships. When none is "
       "named, it is used.",
       [](Config& c, const Values& v) { c.rules = as_paths(v); }},
      {"rule_values",
       Kind::Path,
       "",
       0,
       0,
       {},
       "YAML file of lists of values for the placeholders of rules (modifier `expand`).",
       [](Config& c, const Values& v) { c.rule_values = v[0]; }},
      {"rules_lenient",
       Kind::Choice,
       "false",
       0,
       0,
       {"true", "false"},
       "Read collections of Sigma 1, and networks with bits beyond their prefix, with a warning.",
       [](Config& c, const Values& v) { c.rules_lenient = v[0] == "true"; }},
      {"rules_watch",
       Kind::Duration,
       "5s",
       0,
       86'400,
       {},
       "How often `serve` looks whether files of rules, values or packs changed. When they rest between two "
       "looks, they are loaded. 0 is never: SIGHUP and `countersign rules reload` do it.",
       [](Config& c, const Values& v) {
         c.rules_watch = std::chrono::seconds(static_cast<std::int64_t>(*to_seconds(v[0])));
       }},
      {"packs",
       Kind::Paths,
       "",
       0,
       0,
       {},
       "Files and folders of mapping packs; the word shipped stands for those that ship. When none is named, "
       "they are used.",
       [](Config& c, const Values& v) { c.packs = as_paths(v); }},
      {"sources",
       Kind::Texts,
       "",
       0,
       0,
       {},
       "Where messages come from: `file:PATH`, `stdin`, `kafka:TOPIC`, `http:NAME`, `syslog-tcp:…`.",
       [](Config& c, const Values& v) { c.sources = v; }},
      {"expected_sources",
       Kind::Path,
       "",
       0,
       0,
       {},
       "YAML file of the sources that must not fall silent. Loaded anew with the rules.",
       [](Config& c, const Values& v) { c.expected_sources = v[0]; }},
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
  };
}

std::vector<Setting> kafka_security_settings() {
  return {
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
      {"rule_budget.percent",
       Kind::Count,
       "20",
       0,
       100,
       {},
       "The share of one worker's time that a rule may take. A rule that takes more is quarantined: not "
       "evaluated "
       "until the next start or rule set, with an alert about itself. 0 is no limit.",
       [](Config& c, const Values& v) { c.rule_budget.percent = *to_number(v[0]); }},
      {"rule_budget.window",
       Kind::Duration,
       "5m",
       1,
       86'400,
       {},
       "Over which time that share is taken; longer for a rule that was not timed 17 times yet.",
       [](Config& c, const Values& v) {
         c.rule_budget.window = std::chrono::seconds(static_cast<std::int64_t>(*to_seconds(v[0])));
       }},
      {"rule_metrics_max",
       Kind::Count,
       "0",
       0,
       5'000,
       {},
       "So many rules have a series of their own in `countersign_rule_matches_total`, the first that match; "
       "0 is "
       "none.",
       [](Config& c, const Values& v) { c.rule_metrics_max = *to_number(v[0]); }},
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
  };
}

std::vector<Setting> review_settings() {
  return {
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
  };
}

std::vector<Setting> logging_settings() {
  return {
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

}  // namespace

const std::vector<Setting>& settings() {
  static const std::vector<Setting> table = [] {
    std::vector<Setting> all;
    for (auto* part : {&log_settings, &door_settings, &detection_settings, &kafka_settings,
                       &kafka_security_settings, &limit_settings, &review_settings, &logging_settings}) {
      for (Setting& setting : part()) all.push_back(std::move(setting));
    }
    return all;
  }();
  return table;
}

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  const std::optional<Number> seconds = to_seconds(text);
  if (!seconds || *seconds > static_cast<Number>(std::numeric_limits<std::int32_t>::max()))
    return std::nullopt;
  return std::chrono::seconds(static_cast<std::int64_t>(*seconds));
}

bool is_list(Kind kind) { return kind == Kind::Paths || kind == Kind::Texts; }
bool is_path(Kind kind) { return kind == Kind::Path || kind == Kind::Paths; }

std::string environment_name(std::string_view path) {
  std::string name = "COUNTERSIGN_";
  for (const char c : path)
    name.push_back(c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
  return name;
}

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

}  // namespace countersign
