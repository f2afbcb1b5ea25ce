// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <cstdlib>
#include <iostream>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/config.h"
#include "app/demo_people.h"
#include "app/demo_source.h"
#include "app/logging.h"
#include "app/service.h"
#include "store/evidence/signing_key.h"

namespace countersign {
namespace {

constexpr std::uint64_t kSeed = 20261125;

std::filesystem::path default_folder() {
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && *state == '/') return std::filesystem::path(state) / "countersign" / "demo";
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home == nullptr ? "." : home) / ".local" / "state" / "countersign" / "demo";
}

/// The demo's settings: everything in one folder, which a real installation must not do.
Result<Config> demo_config(const std::filesystem::path& folder, const CommandLine& line) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    return failure(ErrorKind::Denied, fmt::format("cannot make {}: {}", folder.string(), error.message()));
  const std::filesystem::path key = folder / "demo.key";
  if (!std::filesystem::exists(key)) {
    if (auto made = SigningKey::create(key); !made) return failure(made.error());
  }
  ConfigInputs inputs;
  inputs.flags["data"] = {(folder / "store").string()};
  inputs.flags["log.origin"] = {"demo"};
  inputs.flags["log.key_file"] = {key.string()};
  inputs.flags["log.last_signed_file"] = {(folder / "demo.last-signed").string()};
  for (const char* name : {"listen", "metrics", "rules", "packs"}) {
    if (line.has(name)) inputs.flags[name] = line.all(name);
  }
  for (const std::string& file : line.all("FILE")) {
    if (!std::filesystem::exists(file))
      return failure(ErrorKind::NotFound, fmt::format("there is no file {}", file));
    inputs.flags["sources"].push_back("file:" + file);
  }
  ConfigLoad load = load_config(inputs);
  if (!load.usable()) return failure(ErrorKind::InvalidArgument, to_string(load.findings.front()));
  return std::move(load.config);
}

void print_welcome(const Service& service, const std::vector<DemoPerson>& people) {
  std::cout << fmt::format(
      "\nCountersign demo\n\n  API      http://{0}\n  metrics  http://{1}/metrics\n\n  sign in as\n",
      service.api_address(), service.metrics_address());
  for (const DemoPerson& person : people) {
    std::cout << fmt::format("    {:<6} {:<18} {}\n", person.login, person.password, person.role);
  }
  std::cout << fmt::format(
                   "\n  for example\n    countersign login --server http://{0} --login alice\n"
                   "    countersign alerts list --server http://{0}\n\n  Ctrl-C stops.\n\n",
                   service.api_address())
            << std::flush;
}

}  // namespace

int run_demo(const Arguments& arguments) {
  CommandLine line(
      "demo [--data DIR] [--listen ADDR:PORT] [--metrics ADDR:PORT] [FILE]…",
      "Serves with demo users and a demo feed of firewall, antivirus and EDR messages, or with the event "
      "files named instead of the feed.");
  line.value("data", "DIR", fmt::format("folder of the demo; default {}", default_folder().string()))
      .value("listen", "ADDR:PORT", "address of the API; default 127.0.0.1:8080")
      .value("metrics", "ADDR:PORT", "address of /metrics; default 127.0.0.1:9464")
      .list("rules", "PATH", "file or folder of Sigma rules; default: the shipped library")
      .list("packs", "PATH", "file or folder of mapping packs; default: the shipped packs")
      .positional("FILE", 0, 10'000);
  if (const auto code = line.parse(arguments)) return *code;
  const std::filesystem::path folder =
      line.has("data") ? std::filesystem::path(line.get("data")) : default_folder();
  Result<Config> config = demo_config(folder, line);
  if (!config) return report_error(config.error());
  SystemRandom random;
  const Result<std::vector<DemoPerson>> people = demo_people(folder / "demo-passwords", random);
  if (!people) return report_error(people.error());

  block_signals();
  const SystemClock clock;
  ServiceOptions options;
  options.log = make_log("info", "text");
  options.prepare = [&people](Store& store) { return add_demo_people(store, *people); };
  if (config->sources.empty()) {
    options.extra_sources = [&clock] {
      std::vector<std::unique_ptr<Source>> sources;
      sources.push_back(make_demo_source(clock, kSeed));
      return sources;
    };
  }
  options.config = std::move(*config);
  Service service(std::move(options), clock, random);
  if (const Result<void> started = service.start(); !started) return report_error(started.error());
  print_welcome(service, *people);
  const int signal = service.run_until_stopped();
  service.stop();
  return signal == SIGINT ? kExitInterrupted : kExitOk;
}

}  // namespace countersign
