// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <iostream>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/config.h"
#include "app/findings.h"
#include "app/logging.h"
#include "app/rule_options.h"
#include "app/service.h"

namespace countersign {
namespace {

/// Flag → setting of config.cc.
constexpr std::pair<const char*, const char*> kFlags[] = {
    {"data", "data"},
    {"origin", "log.origin"},
    {"key", "log.key_file"},
    {"last-signed", "log.last_signed_file"},
    {"rules", "rules"},
    {"packs", "packs"},
    {"values", "rule_values"},
    {"source", "sources"},
    {"listen", "listen"},
    {"metrics", "metrics"},
    {"brokers", "kafka.brokers"},
};

CommandLine described() {
  CommandLine line(
      "serve --data DIR --origin NAME --key FILE --last-signed FILE [--config FILE] [--rules DIR]… [--packs "
      "DIR]… [--values FILE] [--lenient] "
      "[--source SPEC]… [--listen ADDR:PORT] [--metrics ADDR:PORT]",
      "Runs everything in one process: reads the sources, opens alerts, serves the API until SIGTERM.\n"
      "SPEC is file:PATH (with ?follow=1 a log that grows), stdin, kafka:TOPIC, http:NAME, or "
      "syslog-tcp:, syslog-udp: or syslog-tls: with ADDRESS:PORT. Flags override the "
      "environment, which overrides the file.");
  line.value("config", "FILE", "configuration file (docs/reference/configuration.md)")
      .value("data", "DIR", "folder of the store")
      .value("origin", "NAME", "name of the evidence log")
      .value("key", "FILE", "its Ed25519 key (countersign key generate)")
      .value("last-signed", "FILE", "what was last signed; outside the data folder")
      .list("rules", "PATH", "file or folder of Sigma rules; default: the shipped library")
      .list("packs", "PATH", "file or folder of mapping packs; default: the shipped packs")
      .list("source", "SPEC", "where messages come from")
      .value("brokers", "HOST:PORT,…", "Kafka brokers")
      .value("listen", "ADDR:PORT", "address of the API; default 127.0.0.1:8080")
      .value("metrics", "ADDR:PORT", "address of /metrics; default 127.0.0.1:9464");
  add_rule_options(line);
  return line;
}

}  // namespace

int run_serve(const Arguments& arguments) {
  CommandLine line = described();
  if (const auto code = line.parse(arguments)) return *code;
  ConfigInputs inputs{line.get("config"), {}, config_environment()};
  for (const auto& [flag, setting] : kFlags) {
    if (line.has(flag)) inputs.flags[setting] = line.all(flag);
  }
  if (line.has("lenient")) inputs.flags["rules_lenient"] = {"true"};
  const ConfigLoad load = load_config(inputs);
  print_findings(load.findings);
  if (!load.usable()) return kExitWrongUse;
  if (const Result<void> complete = require_for_serve(load.config); !complete)
    return report_error(complete.error());

  block_signals();
  const SystemClock clock;
  SystemRandom random;
  ServiceOptions options;
  options.config = load.config;
  options.log = make_log(load.config.logging.level, load.config.logging.format);
  options.reload_on_hangup = true;
  Service service(std::move(options), clock, random);
  if (const Result<void> started = service.start(); !started) return report_error(started.error());
  std::cerr << fmt::format("countersign: API at http://{}\ncountersign: metrics at http://{}/metrics\n",
                           service.api_address(), service.metrics_address());
  const int signal = service.run_until_stopped();
  service.stop();
  return signal == SIGINT ? kExitInterrupted : kExitOk;
}

}  // namespace countersign
