// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include <fmt/format.h>

#include "app/build_info.h"
#include "app/commands/commands.h"
#include "app/findings.h"
#include "core/json_text.h"
#include "ingest/pack_loader.h"
#include "ingest/pack_set.h"

namespace countersign {
namespace {

Result<PackLoad> load(const CommandLine& line) {
  std::vector<std::filesystem::path> paths(line.all("PATH").begin(), line.all("PATH").end());
  if (paths.empty()) paths.push_back(shipped_folder("packs"));
  return load_packs(paths);
}

int run_check(const Arguments& arguments) {
  CommandLine line(
      "packs check [PATH]… [--json]",
      "Loads mapping packs and reports every problem. Without a PATH the shipped packs are checked.");
  line.positional("PATH", 0, 10'000).flag("json", "print JSON");
  if (const auto code = line.parse(arguments)) return *code;
  const Result<PackLoad> loaded = load(line);
  if (!loaded) return report_error(loaded.error());
  const std::size_t good = loaded->packs->manifest().packs.size();
  if (line.has("json")) {
    std::cout << fmt::format(R"({{"files":{},"loaded":{},"refused":{},"findings":{}}})", loaded->files, good,
                             loaded->refused, findings_json(loaded->findings))
              << '\n';
  } else {
    print_findings(loaded->findings);
    std::cout << fmt::format("{} files: {} packs loaded, {} refused\n", loaded->files, good, loaded->refused);
  }
  return loaded->refused == 0 ? kExitOk : kExitFailed;
}

int run_list(const Arguments& arguments) {
  CommandLine line("packs list [PATH]…", "Lists the packs that load, with the hash of their content.");
  line.positional("PATH", 0, 10'000);
  if (const auto code = line.parse(arguments)) return *code;
  const Result<PackLoad> loaded = load(line);
  if (!loaded) return report_error(loaded.error());
  for (const auto& [name, content] : loaded->packs->manifest().packs) {
    std::cout << fmt::format("{:<24} {}\n", name, to_hex(content));
  }
  return loaded->refused == 0 ? kExitOk : kExitFailed;
}

}  // namespace

int run_packs(const Arguments& arguments) {
  return run_subcommand("packs",
                        {{"check", "report every problem of pack files", run_check},
                         {"list", "list the packs that load", run_list}},
                        arguments);
}

}  // namespace countersign
