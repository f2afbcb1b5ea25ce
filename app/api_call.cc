// SPDX-License-Identifier: Apache-2.0
#include "app/api_call.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include "app/api_session.h"

namespace countersign {
namespace {

namespace json = boost::json;

ErrorKind kind_of(unsigned status) {
  switch (status) {
    case 400:
    case 413:
    case 422:
    case 428: return ErrorKind::InvalidArgument;
    case 401:
    case 403: return ErrorKind::Denied;
    case 404: return ErrorKind::NotFound;
    case 409:
    case 412: return ErrorKind::Conflict;
    case 429:
    case 503:
    case 507: return ErrorKind::Unavailable;
    default: return ErrorKind::Internal;
  }
}

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

}  // namespace

std::string percent_encoded(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                            c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out.push_back(c);
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

Error problem_to_error(const HttpAnswer& answer) {
  Error error{kind_of(answer.status), fmt::format("the server answered {}", answer.status), {}};
  json::error_code code;
  const json::value body = json::parse(answer.body, code);
  if (code || !body.is_object()) return error;
  const std::string title = text_of(body.as_object(), "title");
  const std::string detail = text_of(body.as_object(), "detail");
  error.message = detail.empty() ? title : detail;
  const json::value* fields = body.as_object().if_contains("errors");
  if (fields == nullptr || !fields->is_array()) return error;
  for (const json::value& field : fields->as_array()) {
    if (!field.is_object()) continue;
    const json::object& object = field.as_object();
    error.fields.push_back({text_of(object, "field"), text_of(object, "code"), text_of(object, "message")});
  }
  return error;
}

Result<ApiCall> ApiCall::as_person(const std::string& server) {
  Result<HttpClient> client = HttpClient::to(server);
  if (!client) return failure(client.error());
  Result<ApiSession> session = read_session(server);
  if (!session) return failure(session.error());
  return ApiCall(std::move(*client), std::move(session->secret));
}

Result<HttpAnswer> ApiCall::send(const std::string& method, const std::string& target,
                                 const std::string& body, std::uint64_t version) const {
  HttpClient::Headers headers{{"Authorization", "Bearer " + secret_}, {"Accept", "application/json"}};
  if (version != 0) headers.emplace_back("If-Match", fmt::format("\"{}\"", version));
  Result<HttpAnswer> answer = client_.request(method, target, headers, body);
  if (!answer) return answer;
  if (answer->status >= 400) return failure(problem_to_error(*answer));
  return answer;
}

}  // namespace countersign
