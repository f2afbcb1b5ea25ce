// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include <fmt/format.h>

#include "app/api_call.h"
#include "app/commands/commands.h"

namespace countersign {

CommandLine line_with_server(const std::string& usage, const std::string& summary) {
  CommandLine line(usage, summary);
  line.value("server", "URL", fmt::format("address of the server; default {}", kDefaultServer))
      .flag("json", "print the server's JSON");
  return line;
}

int run_subcommand(const std::string& command, const std::vector<Subcommand>& known,
                   const Arguments& arguments) {
  const bool help =
      !arguments.empty() && (arguments[0] == "--help" || arguments[0] == "-h" || arguments[0] == "help");
  if (arguments.empty() || help) {
    std::ostream& out = help ? std::cout : std::cerr;
    out << "usage: countersign " << command << " COMMAND …\n\ncommands:\n";
    for (const Subcommand& sub : known) out << fmt::format("  {:<12} {}\n", sub.name, sub.summary);
    return help ? kExitOk : kExitWrongUse;
  }
  for (const Subcommand& sub : known) {
    if (sub.name == arguments[0]) return sub.run(Arguments(arguments.begin() + 1, arguments.end()));
  }
  std::vector<std::string> names;
  for (const Subcommand& sub : known) names.push_back(sub.name);
  const std::string meant = suggestion(arguments[0], names);
  std::cerr << fmt::format("countersign: {} has no command {}{}\n", command, arguments[0],
                           meant.empty() ? "" : fmt::format("; did you mean {}?", meant));
  return kExitWrongUse;
}

}  // namespace countersign
