// SPDX-License-Identifier: Apache-2.0
// One call of the API for the command line: authorisation, errors as problem documents, exit codes. One
// thread.
#pragma once

#include <memory>
#include <string>

#include "core/result.h"
#include "review-api/client.h"

namespace countersign {

inline constexpr const char* kDefaultServer = "http://127.0.0.1:8080";

/// Percent-encodes all but the unreserved characters of RFC 3986.
std::string percent_encoded(const std::string& text);

/// The error that a problem document (RFC 9457) with this status stands for; kinds map to exit codes.
Error problem_to_error(const HttpAnswer& answer);

class ApiCall {
 public:
  /// As the person who signed in at `server`. Errors: those of HttpClient::to and read_session.
  static Result<ApiCall> as_person(const std::string& server);

  /// `target` with path and query; `version`: If-Match, 0 for none. An answer of 400 and above is an error.
  Result<HttpAnswer> send(const std::string& method, const std::string& target, const std::string& body = "",
                          std::uint64_t version = 0) const;

 private:
  ApiCall(HttpClient client, std::string secret) : client_(std::move(client)), secret_(std::move(secret)) {}
  HttpClient client_;
  std::string secret_;
};

}  // namespace countersign
