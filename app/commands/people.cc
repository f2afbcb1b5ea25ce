// SPDX-License-Identifier: Apache-2.0
// `countersign user …` and `token …`: people and tokens of a data folder that no server uses at the moment.
// The next start records them in the log. While a server runs, the API does the same (docs/api.md).
#include <iostream>

#include <fmt/format.h>

#include "app/commands/commands.h"
#include "app/terminal.h"
#include "review-api/password.h"
#include "review-api/secrets.h"
#include "store/offline.h"

namespace countersign {
namespace {

constexpr std::uint64_t kTokenDaysMax = 365;

Result<std::vector<Role>> roles_of(const CommandLine& line) {
  std::vector<Role> roles;
  for (const std::string& text : line.all("role")) {
    const std::optional<Role> role = parse_role(text);
    if (!role) {
      return failure(
          ErrorKind::InvalidArgument,
          fmt::format("--role: {} is not one of analyst, lead, manager, auditor, operator, rule_author",
                      text));
    }
    roles.push_back(*role);
  }
  if (roles.empty()) return failure(ErrorKind::InvalidArgument, "--role ROLE is missing");
  return roles;
}

Result<std::string> new_password() {
  Result<std::string> password =
      read_secret(fmt::format("password (at least {} characters): ", kPasswordBytesMin));
  if (!password || !is_terminal()) return password;
  const Result<std::string> again = read_secret("again: ");
  if (!again) return again;
  if (*again != *password) return failure(ErrorKind::InvalidArgument, "the two passwords differ");
  return password;
}

int run_user_add(const Arguments& arguments) {
  CommandLine line("user add --data DIR --login NAME --role ROLE… [--name TEXT]",
                   "Adds a person. The password is read from the terminal or from standard input.");
  line.value("data", "DIR", "folder of the store; made when absent")
      .value("login", "NAME", "what the person signs in with")
      .value("name", "TEXT", "what others see; default: the login")
      .list("role", "ROLE", "analyst, lead, manager, auditor, operator or rule_author");
  if (const auto code = line.parse(arguments)) return *code;
  if (!line.has("data") || !line.has("login")) {
    return report_error({ErrorKind::InvalidArgument, "--data DIR and --login NAME are needed", {}});
  }
  const Result<std::vector<Role>> roles = roles_of(line);
  if (!roles) return report_error(roles.error());
  const Result<std::string> password = new_password();
  if (!password) return report_error(password.error());
  const Result<std::string> hash = hash_password(*password);
  if (!hash) return report_error(hash.error());
  Person person;
  person.login = line.get("login");
  person.display_name = line.get("name", person.login);
  person.roles = *roles;
  person.password_hash = *hash;
  const SystemClock clock;
  SystemRandom random;
  const Result<Person> added = add_person_offline(line.get("data"), person, clock, random);
  if (!added) return report_error(added.error());
  std::cout << fmt::format("{} is {}\n", added->login, added->id.value);
  return kExitOk;
}

int run_token_create(const Arguments& arguments) {
  CommandLine line(
      "token create --data DIR --name TEXT --scope SCOPE… [--days N]",
      "Makes an API token and prints it once. Tokens read, note and send events; they never decide.");
  line.value("data", "DIR", "folder of the store; made when absent")
      .value("name", "TEXT", "what it is for")
      .list("scope", "SCOPE", "read, note or send")
      .value("days", "N", fmt::format("valid for; at most {}, default 90", kTokenDaysMax));
  if (const auto code = line.parse(arguments)) return *code;
  if (!line.has("data") || !line.has("name") || !line.has("scope")) {
    return report_error(
        {ErrorKind::InvalidArgument, "--data DIR, --name TEXT and --scope SCOPE are needed", {}});
  }
  const Result<std::uint64_t> days = line.number("days", 90, 1, kTokenDaysMax);
  if (!days) return report_error(days.error());
  const SystemClock clock;
  SystemRandom random;
  const NewSecret secret = make_api_token(random);
  ApiToken token;
  token.id = make_token_id(random);
  token.name = line.get("name");
  token.hash = secret.hash;
  token.scopes = line.all("scope");
  token.created = clock.now();
  token.expires = token.created + std::chrono::days{static_cast<int>(*days)};
  if (const Result<void> added = add_token_offline(line.get("data"), token, clock); !added) {
    return report_error(added.error());
  }
  std::cerr << fmt::format("token {} is valid until {}; it is shown only now\n", token.id,
                           format_rfc3339_millis(token.expires));
  std::cout << secret.text << '\n';
  return kExitOk;
}

}  // namespace

int run_user(const Arguments& arguments) {
  return run_subcommand("user", {{"add", "add a person", run_user_add}}, arguments);
}

int run_token(const Arguments& arguments) {
  return run_subcommand("token", {{"create", "make an API token", run_token_create}}, arguments);
}

}  // namespace countersign
