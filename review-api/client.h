// SPDX-License-Identifier: Apache-2.0
// A small HTTP client for the command line: one request, one answer. http and https (system authorities). One
// thread.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"

namespace countersign {

struct HttpAnswer {
  unsigned status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

class HttpClient {
 public:
  /// `server`: `http://host:port` or `https://host[:port]`, without a path. Errors: InvalidArgument.
  static Result<HttpClient> to(const std::string& server);

  using Headers = std::vector<std::pair<std::string, std::string>>;
  /// Errors: Unavailable (no connection, time-out, the answer is cut or larger than 64 MiB).
  Result<HttpAnswer> request(const std::string& method, const std::string& target, const Headers& headers,
                             const std::string& body) const;

  const std::string& server() const { return server_; }

 private:
  HttpClient() = default;
  std::string server_;
  bool tls_ = false;
  std::string host_;
  std::string port_;
};

}  // namespace countersign
