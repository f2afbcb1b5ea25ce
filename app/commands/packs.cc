// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <iostream>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/commands/commands.h"
#include "app/findings.h"
#include "app/loading.h"
#include "app/terminal.h"
#include "core/json_text.h"
#include "ingest/pack_loader.h"
#include "ingest/pack_program.h"
#include "ingest/pack_set.h"

namespace countersign {
namespace {

Result<PackLoad> load(const CommandLine& line, const std::vector<std::string>& besides = {}) {
  std::vector<std::filesystem::path> paths(line.all("PATH").begin(), line.all("PATH").end());
  paths = or_shipped(std::move(paths), "packs");
  paths.insert(paths.end(), besides.begin(), besides.end());
  return load_packs(or_shipped(std::move(paths), "packs"));
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
  CommandLine line(
      "packs list [PATH]… [--json]",
      "Lists the packs that load in the order in which they are asked: priority, shapes, log sources, "
      "tests, and the hash of their content.");
  line.positional("PATH", 0, 10'000).flag("json", "print JSON");
  if (const auto code = line.parse(arguments)) return *code;
  const Result<PackLoad> loaded = load(line);
  if (!loaded) return report_error(loaded.error());
  std::string json;
  for (const auto& pack : loaded->packs->packs()) {
    const auto tests = std::count_if(loaded->tests.begin(), loaded->tests.end(),
                                     [&](const PackTest& test) { return test.pack == pack->name; });
    std::vector<std::string> shapes;
    for (const Shape& shape : pack->shapes) shapes.push_back(shape.name);
    const std::string hash = to_hex(loaded->packs->manifest().packs.at(pack->name));
    if (line.has("json")) {
      std::string names;
      for (const std::string& shape : shapes) names += (names.empty() ? "" : ",") + json_string(shape);
      json +=
          fmt::format(R"({}{{"pack":{},"priority":{},"shapes":[{}],"tests":{},"hash":"{}"}})",
                      json.empty() ? "" : ",", json_string(pack->name), pack->priority, names, tests, hash);
    } else {
      std::cout << fmt::format("{:>4}  {:<16} {:>3} tests  {}  {}\n", pack->priority, pack->name, tests,
                               hash.substr(0, 12), fmt::join(shapes, ", "));
    }
  }
  if (line.has("json")) std::cout << '[' << json << "]\n";
  return loaded->refused == 0 ? kExitOk : kExitFailed;
}

int run_test(const Arguments& arguments) {
  CommandLine line(
      "packs test [PATH]… [--with PATH]…",
      "Decodes the messages that stand in packs and compares what comes out with what they expect. "
      "Without a PATH the shipped packs are tested. The packs of --with are loaded besides, so that a "
      "pack of your own is tested among those that it will run with.");
  line.positional("PATH", 0, 10'000).list("with", "PATH", "further packs, whose own tests are not run");
  if (const auto code = line.parse(arguments)) return *code;
  const Result<PackLoad> tested = load(line);
  if (!tested) return report_error(tested.error());
  Result<PackLoad> all = load(line, line.all("with"));
  if (!all) return report_error(all.error());
  print_findings(all->findings);
  const std::vector<PackTestFailure> failures = run_pack_tests(all->packs, tested->tests);
  for (const PackTestFailure& failure : failures)
    std::cout << printable(fmt::format("{}:{}: {}: {}\n", failure.test->file, failure.test->where.line,
                                       failure.test->name, failure.what));
  std::vector<PackTest> others;
  for (const PackTest& test : all->tests)
    if (tested->packs->find(test.pack) == nullptr) others.push_back(test);
  std::set<std::string> taken;
  for (const PackTestFailure& failure : run_pack_tests(all->packs, others))
    taken.insert(failure.test->pack + ": " + failure.test->name);
  if (!taken.empty())
    std::cout << printable(
        fmt::format("beside these packs {} tests of other packs fail, whose messages they take: {}\n",
                    taken.size(), fmt::join(taken, "; ")));
  std::set<const PackTest*> failed;
  for (const PackTestFailure& failure : failures) failed.insert(failure.test);
  std::cout << fmt::format("{} tests of {} packs: {} passed, {} failed\n", tested->tests.size(),
                           tested->packs->packs().size(), tested->tests.size() - failed.size(),
                           failed.size());
  return failed.empty() && all->refused == 0 ? kExitOk : kExitFailed;
}

}  // namespace

int run_packs(const Arguments& arguments) {
  return run_subcommand("packs",
                        {{"check", "report every problem of pack files", run_check},
                         {"list", "list the packs that load", run_list},
                         {"test", "run the tests that stand in packs", run_test},
                         {"explain", "say what the packs make of messages, and why", run_packs_explain}},
                        arguments);
}

}  // namespace countersign
