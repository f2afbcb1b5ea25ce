// SPDX-License-Identifier: Apache-2.0
// One HTTP request and its answer as plain values, so that routes know nothing of the HTTP library. Header
// names of a request are lower case; a header that came more than once is joined with ", ". Plain values;
// move them between threads.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace countersign {

struct HttpRequest {
  std::string method;  // as sent: GET, POST …
  std::string target;  // path and query as sent, without scheme and authority
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string peer_address;  // of the client, without port
  std::string request_id;    // the client's X-Request-Id when it is well formed, else one made here

  /// The header's value, or empty.
  std::string_view header(std::string_view lower_case_name) const;
  bool has_header(std::string_view lower_case_name) const;
};

struct HttpResponse {
  unsigned status = 200;
  std::string content_type;  // empty: no body
  std::string body;
  /// Added to what the server itself sets; a name given here replaces the server's own value.
  std::vector<std::pair<std::string, std::string>> headers;

  HttpResponse& with(std::string name, std::string value) {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
  }
};

/// Takes the answer of one request; called exactly once, from any thread.
using Respond = std::function<void(HttpResponse)>;

/// A-Z become a-z.
std::string lower_ascii(std::string_view text);
/// Whether a Content-Type is JSON in UTF-8.
bool is_json_type(std::string_view content_type);
/// The present time as the Date header writes it (RFC 9110 5.6.7).
std::string http_date();

inline constexpr std::string_view kJsonType = "application/json";
inline constexpr std::string_view kProblemType = "application/problem+json";
inline constexpr std::string_view kTextType = "text/plain; charset=utf-8";
inline constexpr std::string_view kBytesType = "application/octet-stream";

}  // namespace countersign
