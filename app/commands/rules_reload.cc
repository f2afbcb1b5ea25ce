// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "app/api_call.h"
#include "app/commands/commands.h"

namespace countersign {

int run_rules_reload(const Arguments& arguments) {
  CommandLine line =
      line_with_server("rules reload [--server URL] [--json]",
                       "Has a server load its rules and packs anew. When a rule in force would be lost by a "
                       "mistake, or a changed "
                       "one fails its test events, the server says so and goes on with those in force.");
  if (const auto code = line.parse(arguments)) return *code;
  const Result<ApiCall> call = ApiCall::as_person(line.get("server", kDefaultServer));
  if (!call) return report_error(call.error());
  const Result<HttpAnswer> answer = call->send("POST", "/api/v1/rules:reload");
  if (!answer) return report_error(answer.error());
  if (line.has("json")) {
    std::cout << answer->body << '\n';
    return kExitOk;
  }
  boost::json::error_code error;
  const boost::json::value body = boost::json::parse(answer->body, error);
  if (error) return report_error({ErrorKind::Malformed, "the server's answer is no JSON", {}});
  const auto number = [&body](const char* name) { return body.at(name).to_number<std::uint64_t>(); };
  std::cout << fmt::format("{}: {} rules in force, {} refused; rule set {}\n",
                           std::string_view(body.at("outcome").as_string()), number("rules"),
                           number("refused"), std::string_view(body.at("ruleset").as_string()));
  if (number("refused") > 0)
    std::cerr << "countersign: the server's log and countersign rules check name those refused\n";
  return kExitOk;
}

}  // namespace countersign
