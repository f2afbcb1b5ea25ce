// SPDX-License-Identifier: Apache-2.0
// `countersign sources`: every configured or expected source and how it is. Exit code 3 when one is not well.
#include <iostream>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "app/api_call.h"
#include "app/commands/commands.h"
#include "app/terminal.h"

namespace countersign {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || value->is_null()) return "–";
  return value->is_string() ? printable(value->as_string()) : json::serialize(*value);
}

std::string rhythm_of(const json::object& row) {
  const std::string seconds = text_of(row, "rhythm_seconds");
  return seconds == "–" ? seconds : seconds + " s";
}

std::string share_of(const json::object& row) {
  const json::value* value = row.if_contains("rejects_share");
  if (value == nullptr || value->is_null()) return "–";
  return fmt::format("{:.1f} %", value->to_number<double>() * 100);
}

std::string lag_of(const json::object& row) {
  const json::value* lag = row.if_contains("lag");
  return lag == nullptr || !lag->is_object() ? "–" : text_of(lag->as_object(), "records");
}

std::string alerts_of(const json::object& row) {
  std::string out;
  for (const json::value& alert : row.at("open_alerts").as_array())
    out += (out.empty() ? "" : " ") + printable(alert.as_string());
  return out.empty() ? "–" : out;
}

void print(const json::object& row) {
  std::cout << fmt::format("{:<11} {:<24} {:<24} {:>10} {:>8} {:>8} {:>10}  {}  {}  {}  {}\n",
                           text_of(row, "state"), text_of(row, "since"), text_of(row, "last_record_at"),
                           text_of(row, "events"), share_of(row), lag_of(row), rhythm_of(row),
                           text_of(row, "name"), text_of(row, "owner"), text_of(row, "asset"),
                           alerts_of(row));
}

}  // namespace

int run_sources(const Arguments& arguments) {
  CommandLine line = line_with_server("sources [--server URL] [--json]",
                                      "Lists every configured or expected source: whether it is as expected, "
                                      "and what came of it. Exit code 3 when one is silent, was never seen, "
                                      "sends what cannot be read, or has a wrong clock.");
  if (const auto code = line.parse(arguments)) return *code;
  const Result<ApiCall> call = ApiCall::as_person(line.get("server", kDefaultServer));
  if (!call) return report_error(call.error());
  const Result<HttpAnswer> answer = call->send("GET", "/api/v1/sources");
  if (!answer) return report_error(answer.error());
  json::error_code error;
  const json::value body = json::parse(answer->body, error);
  if (error || !body.is_object())
    return report_error({ErrorKind::Internal, "the server's answer is not a JSON object", {}});
  const auto troubles = body.at("troubles").to_number<std::uint64_t>();
  if (line.has("json")) {
    std::cout << answer->body << '\n';
  } else {
    std::cout << fmt::format("{:<11} {:<24} {:<24} {:>10} {:>8} {:>8} {:>10}  {}\n", "state", "since",
                             "last record", "events", "rejects", "lag", "rhythm",
                             "name  owner  asset  alert");
    for (const json::value& row : body.at("items").as_array()) print(row.as_object());
  }
  if (troubles == 0) return kExitOk;
  std::cerr << fmt::format("countersign: {} not as expected\n", troubles);
  return kExitNotFound;
}

}  // namespace countersign
