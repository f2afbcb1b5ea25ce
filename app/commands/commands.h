// SPDX-License-Identifier: Apache-2.0
// Every command of the program. Each takes the arguments after its name and returns the exit code
// (contract.md §2).
#pragma once

#include "app/command_line.h"

namespace countersign {

int run_serve(const Arguments& arguments);
int run_demo(const Arguments& arguments);
int run_match(const Arguments& arguments);
int run_rules(const Arguments& arguments);
int run_packs(const Arguments& arguments);
int run_login(const Arguments& arguments);
int run_alerts(const Arguments& arguments);
int run_dead_letters(const Arguments& arguments);
int run_sources(const Arguments& arguments);
int run_audit(const Arguments& arguments);
int run_store(const Arguments& arguments);
int run_user(const Arguments& arguments);
int run_token(const Arguments& arguments);
int run_key(const Arguments& arguments);
int run_config(const Arguments& arguments);

// Sub-commands with a file of their own.
int run_dead_letters_export(const Arguments& arguments);
int run_dead_letters_replay(const Arguments& arguments);
int run_packs_explain(const Arguments& arguments);
int run_rules_cost(const Arguments& arguments);
int run_rules_explain(const Arguments& arguments);
int run_rules_reload(const Arguments& arguments);
int run_rules_test(const Arguments& arguments);

/// A command that asks a server, with the options --server and --json.
CommandLine line_with_server(const std::string& usage, const std::string& summary);

/// A command that is made of sub-commands: `countersign rules check …`.
struct Subcommand {
  std::string name;
  std::string summary;
  int (*run)(const Arguments& arguments);
};
int run_subcommand(const std::string& command, const std::vector<Subcommand>& known,
                   const Arguments& arguments);

}  // namespace countersign
