// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/config.h"
#include "app/findings.h"
#include "app/source_register.h"

namespace countersign {
namespace {

int judge(const ConfigLoad& load) {
  print_findings(load.findings);
  return load.usable() ? kExitOk : kExitFailed;
}

int run_check(const Arguments& arguments) {
  CommandLine line(
      "config check [--config FILE]",
      "Reads the configuration, and the register of expected sources that it names, as `serve` would and "
      "reports every problem with line and column.");
  line.value("config", "FILE", "the configuration file");
  if (const auto code = line.parse(arguments)) return *code;
  const ConfigLoad load = load_config({line.get("config"), {}, config_environment()});
  int code = judge(load);
  if (code == kExitOk && !load.config.expected_sources.empty()) {
    const SourceRegister expected = read_source_register(load.config.expected_sources);
    print_findings(expected.findings);
    if (!expected.usable()) code = kExitFailed;
  }
  if (code == kExitOk) std::cout << "configuration: no problem found\n";
  return code;
}

int run_show(const Arguments& arguments) {
  CommandLine line("config show [--config FILE] [--origin]", "Prints every setting with its value.");
  line.value("config", "FILE", "the configuration file")
      .flag("origin", "also print where each value came from");
  if (const auto code = line.parse(arguments)) return *code;
  const ConfigLoad load = load_config({line.get("config"), {}, config_environment()});
  for (const ConfigLine& setting : load.lines) {
    std::cout << setting.path << " = " << setting.value;
    if (line.has("origin")) std::cout << "    # " << setting.origin;
    std::cout << '\n';
  }
  return judge(load);
}

int run_reference(const Arguments& arguments) {
  CommandLine line("config reference",
                   "Prints the reference page of all settings (docs/reference/configuration.md).");
  if (const auto code = line.parse(arguments)) return *code;
  std::cout << config_reference();
  return kExitOk;
}

}  // namespace

int run_config(const Arguments& arguments) {
  return run_subcommand("config",
                        {{"check", "report every problem of the configuration", run_check},
                         {"show", "print every setting, with --origin also where it came from", run_show},
                         {"reference", "print the reference page of all settings", run_reference}},
                        arguments);
}

}  // namespace countersign
