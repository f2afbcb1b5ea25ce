// SPDX-License-Identifier: Apache-2.0
// The configuration: one YAML file with a closed schema, overridden by the environment, overridden by flags.
// Each setting is declared once, in the table of config.cc, with its bounds, default and help;
// docs/reference/ configuration.md is made from that table. Plain values; built once at start, then read by
// anybody.
//
// Relative paths of the file are relative to the file's folder; those of flags and environment to the working
// folder. No setting holds a secret: secrets stand in files that settings name.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "rules/diagnostic.h"

namespace countersign {

struct Config {
  struct Log {
    std::string origin;
    std::filesystem::path key_file;
    std::filesystem::path last_signed_file;
  };
  struct Kafka {
    std::string brokers;
    std::string security_protocol;
    std::string sasl_mechanism;
    std::string sasl_username;
    std::filesystem::path sasl_password_file;
    std::filesystem::path ssl_ca_file;
    std::filesystem::path ssl_certificate_file;
    std::filesystem::path ssl_key_file;
    std::string start;  // beginning or end: where a partition without a position starts
  };
  struct Ingest {
    std::uint64_t workers = 0;  // 0: one per core
    std::uint64_t message_bytes_max = 0;
  };
  struct RuleBudget {
    std::uint64_t percent = 0;  // 0: none
    std::chrono::seconds window{};
  };
  struct Disk {
    std::uint64_t ingest_pause_bytes = 0;
    std::uint64_t actions_refuse_bytes = 0;
  };
  struct Review {
    std::chrono::seconds session{};
    std::chrono::seconds lease{};
    std::uint64_t threads = 0;
  };
  struct Logging {
    std::string level;
    std::string format;
  };

  std::filesystem::path data;
  Log log;
  std::string listen;
  std::string metrics;
  std::vector<std::filesystem::path> rules;
  std::filesystem::path rule_values;
  bool rules_lenient = false;
  std::chrono::seconds rules_watch{};  // 0: files are not looked at
  std::vector<std::filesystem::path> packs;
  std::vector<std::string> sources;  // SPECs, contract.md §2
  std::filesystem::path expected_sources;
  Kafka kafka;
  Ingest ingest;
  RuleBudget rule_budget;
  std::uint64_t rule_metrics_max = 0;
  Disk disk;
  Review review;
  Logging logging;
};

/// Where values come from: flags by setting path, and the environment by name.
struct ConfigInputs {
  std::filesystem::path file;  // empty: none
  std::map<std::string, std::vector<std::string>> flags;
  std::map<std::string, std::string> environment;
};

struct ConfigLine {
  std::string path;    // `log.origin`
  std::string value;   // as text; lists joined by ", "
  std::string origin;  // `default`, `flag --origin`, `environment COUNTERSIGN_LOG_ORIGIN`, `file:line:column`
};

struct ConfigLoad {
  Config config;
  std::vector<ConfigLine> lines;     // every setting in the order of the table
  std::vector<Diagnostic> findings;  // the configuration may be used only without errors among them
  bool usable() const;
};

/// Reads and checks everything; reports all problems. Never fails otherwise.
ConfigLoad load_config(const ConfigInputs& inputs);

/// The process environment's COUNTERSIGN_… variables.
std::map<std::string, std::string> config_environment();

/// What `serve` needs besides well-formed values: data, origin, key file, last-signed file. Names each that
/// is absent.
Result<void> require_for_serve(const Config& config);

/// The reference page of all settings, in Markdown.
std::string config_reference();

}  // namespace countersign
