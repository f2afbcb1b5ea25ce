// SPDX-License-Identifier: Apache-2.0
// The one program: finds the command and runs it.
#include <csignal>
#include <exception>
#include <iostream>

#include <fmt/format.h>

#include "app/build_info.h"
#include "app/commands/commands.h"

namespace countersign {
namespace {

const std::vector<Subcommand>& commands() {
  static const std::vector<Subcommand> table = {
      {"serve", "run everything in one process", run_serve},
      {"demo", "serve with a demo feed and demo users", run_demo},
      {"match", "run rules over event files and print the matches", run_match},
      {"rules", "check, list, explain and test rules", run_rules},
      {"packs", "check and list mapping packs", run_packs},
      {"login", "sign in to a server as a person", run_login},
      {"alerts", "list, show, take, decide and close alerts", run_alerts},
      {"dead-letters", "list, explain and replay messages that could not be read", run_dead_letters},
      {"sources", "list the sources and whether they are as expected", run_sources},
      {"audit", "export the evidence log, verify an export", run_audit},
      {"store", "check a data folder, print its digest", run_store},
      {"user", "manage the people of a data folder", run_user},
      {"token", "manage the API tokens of a data folder", run_token},
      {"key", "make a signing key, print its verifier key", run_key},
      {"config", "check and show the configuration", run_config},
  };
  return table;
}

void print_help(std::ostream& out) {
  out << "Countersign: every security alert gets an owner, a decision and a closure time, and anyone can "
         "check it.\n\n"
         "usage: countersign COMMAND …\n\ncommands:\n";
  for (const Subcommand& command : commands())
    out << fmt::format("  {:<12} {}\n", command.name, command.summary);
  out << "  help         this text; countersign COMMAND --help explains one command\n"
         "  version      version and revision\n\n"
         "exit codes: 0 ok, 1 failed, 2 wrong use, 3 not found or no match, 4 conflict, 5 not permitted,\n"
         "            75 try again, 130 interrupted\n";
}

int run(const Arguments& arguments) {
  if (arguments.empty()) {
    print_help(std::cerr);
    return kExitWrongUse;
  }
  if (arguments[0] == "help" || arguments[0] == "--help" || arguments[0] == "-h") {
    print_help(std::cout);
    return kExitOk;
  }
  if (arguments[0] == "version" || arguments[0] == "--version") {
    std::cout << build_text() << '\n';
    return kExitOk;
  }
  for (const Subcommand& command : commands()) {
    if (command.name == arguments[0]) return command.run(Arguments(arguments.begin() + 1, arguments.end()));
  }
  std::vector<std::string> names;
  for (const Subcommand& command : commands()) names.push_back(command.name);
  const std::string meant = suggestion(arguments[0], names);
  std::cerr << fmt::format("countersign: no command {}{}; countersign help lists all\n", arguments[0],
                           meant.empty() ? "" : fmt::format("; did you mean {}?", meant));
  return kExitWrongUse;
}

}  // namespace
}  // namespace countersign

int main(int argc, char** argv) {
  // A reader that goes away (`| head`), or a limit on the size of files, ends a write with an error, not the
  // process with a signal.
  if (std::signal(SIGPIPE, SIG_IGN) == SIG_ERR || std::signal(SIGXFSZ, SIG_IGN) == SIG_ERR)
    return countersign::kExitFailed;
  try {
    return countersign::run(countersign::Arguments(argv + 1, argv + argc));
  } catch (const std::exception& problem) {
    std::cerr << "countersign: a defect: " << problem.what() << '\n';
    return countersign::kExitFailed;
  }
}
