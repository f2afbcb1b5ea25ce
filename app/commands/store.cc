// SPDX-License-Identifier: Apache-2.0
// `countersign store …`: what can be asked of a data folder by itself. Works beside a running server.
#include <iostream>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "store/offline.h"

namespace countersign {
namespace {

Result<std::string> data_folder(const CommandLine& line) {
  if (line.has("data")) return line.get("data");
  return failure(ErrorKind::InvalidArgument, "--data DIR is missing");
}

void print_state(const std::string& digest, const LogHead& head) {
  std::cout << fmt::format("{}  {}  {}\n", digest, head.size, to_hex(head.root));
}

int run_check(const Arguments& arguments) {
  CommandLine line("store check --data DIR",
                   "Entries against tiles and checkpoints, queues and counts against alerts, the ledger "
                   "against both. Names "
                   "each problem; exit 1 when there is one.");
  line.value("data", "DIR", "folder of the store");
  if (const auto code = line.parse(arguments)) return *code;
  const Result<std::string> folder = data_folder(line);
  if (!folder) return report_error(folder.error());
  const Result<StoreCheck> check = store_check(*folder);
  if (!check) return report_error(check.error());
  for (const std::string& problem : check->problems) std::cout << problem << '\n';
  std::cout << fmt::format(
      "{} entries, {} alerts, {} full tiles: {}\n", check->entries, check->alerts, check->tiles,
      check->problems.empty() ? "no problem found" : fmt::format("{} problems", check->problems.size()));
  return check->problems.empty() ? kExitOk : kExitFailed;
}

int run_digest(const Arguments& arguments) {
  CommandLine line(
      "store digest --data DIR [--root]",
      "Prints a hash over exactly what must be equal for equal inputs: alerts, samples, review, ledger.");
  line.value("data", "DIR", "folder of the store")
      .flag("root", "also print size and root of the evidence log");
  if (const auto code = line.parse(arguments)) return *code;
  const Result<std::string> folder = data_folder(line);
  if (!folder) return report_error(folder.error());
  const Result<std::string> digest = store_digest(*folder);
  if (!digest) return report_error(digest.error());
  if (!line.has("root")) {
    std::cout << *digest << '\n';
    return kExitOk;
  }
  const Result<LogHead> head = log_head(*folder);
  if (!head) return report_error(head.error());
  print_state(*digest, *head);
  return kExitOk;
}

int run_replay(const Arguments& arguments) {
  CommandLine line("store replay --data DIR --into EMPTY",
                   "Applies the journal of a folder to an empty one and prints digest, size and root, which "
                   "must be those of "
                   "store digest --root.");
  line.value("data", "DIR", "folder of the store").value("into", "DIR", "an empty folder, or none");
  if (const auto code = line.parse(arguments)) return *code;
  const Result<std::string> folder = data_folder(line);
  if (!folder) return report_error(folder.error());
  if (!line.has("into")) return report_error({ErrorKind::InvalidArgument, "--into DIR is missing", {}});
  const Result<Replayed> replayed = replay_journal(*folder, line.get("into"));
  if (!replayed) return report_error(replayed.error());
  print_state(replayed->digest, replayed->head);
  return kExitOk;
}

}  // namespace

int run_store(const Arguments& arguments) {
  return run_subcommand("store",
                        {{"check", "compare everything a data folder says about itself", run_check},
                         {"digest", "hash over what must be equal for equal inputs", run_digest},
                         {"replay", "apply the journal to an empty folder", run_replay}},
                        arguments);
}

}  // namespace countersign
