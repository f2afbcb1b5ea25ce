// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "app/api_call.h"
#include "app/api_session.h"
#include "app/commands/commands.h"
#include "app/terminal.h"

namespace countersign {
namespace {

namespace json = boost::json;

int sign_out(const std::string& server) {
  const Result<ApiCall> call = ApiCall::as_person(server);
  if (!call) return report_error(call.error());
  const Result<HttpAnswer> answer = call->send("DELETE", "/api/v1/session");
  // A session that the server no longer knows is over all the same.
  const bool over = answer || answer.error().kind == ErrorKind::Denied;
  if (!over) return report_error(answer.error());
  if (const Result<void> forgotten = forget_session(server); !forgotten)
    return report_error(forgotten.error());
  std::cerr << fmt::format("signed out at {}\n", server);
  return kExitOk;
}

Result<ApiSession> sign_in(const std::string& server, const std::string& login, const std::string& password) {
  const Result<HttpClient> client = HttpClient::to(server);
  if (!client) return failure(client.error());
  const json::object body{{"login", login}, {"password", password}, {"channel", "cli"}};
  const Result<HttpAnswer> answer = client->request("POST", "/api/v1/session", {}, json::serialize(body));
  if (!answer) return failure(answer.error());
  if (answer->status != 201) return failure(problem_to_error(*answer));
  json::error_code error;
  const json::value value = json::parse(answer->body, error);
  const json::object* session = error ? nullptr : value.if_object();
  const json::value* token = session == nullptr ? nullptr : session->if_contains("token");
  const json::value* expires = session == nullptr ? nullptr : session->if_contains("expires_at");
  if (token == nullptr || !token->is_string() || expires == nullptr || !expires->is_string()) {
    return failure(ErrorKind::Internal, fmt::format("{} gave no session", server));
  }
  return ApiSession{std::string(token->as_string()), login, std::string(expires->as_string())};
}

}  // namespace

int run_login(const Arguments& arguments) {
  CommandLine line(
      "login [--server URL] [--login NAME] [--out]",
      "Signs in as a person; the password is read from the terminal or from standard input. The session "
      "expires, stands in a file of mode 0600, and --out ends it.");
  line.value("server", "URL", fmt::format("address of the server; default {}", kDefaultServer))
      .value("login", "NAME", "who; asked for when absent")
      .flag("out", "sign out");
  if (const auto code = line.parse(arguments)) return *code;
  const std::string server = line.get("server", kDefaultServer);
  if (line.has("out")) return sign_out(server);
  const Result<std::string> login =
      line.has("login") ? Result<std::string>(line.get("login")) : read_line("login: ");
  if (!login) return report_error(login.error());
  const Result<std::string> password = read_secret("password: ");
  if (!password) return report_error(password.error());
  const Result<ApiSession> session = sign_in(server, *login, *password);
  if (!session) return report_error(session.error());
  if (const Result<void> written = write_session(server, *session); !written)
    return report_error(written.error());
  std::cerr << fmt::format("signed in at {} as {} until {}\n", server, session->login, session->expires_at);
  return kExitOk;
}

}  // namespace countersign
