// SPDX-License-Identifier: Apache-2.0
// A client of HTTP over a plain socket, for tests that must send what no client library would.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace countersign::test {

struct WireAnswer {
  unsigned status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  std::string head;  // as it came
};

/// One connection. Reads wait at most 20 s; a server that hangs fails the test.
class Wire {
 public:
  explicit Wire(const std::string& address);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  /// False when the server no longer takes bytes.
  bool send(std::string_view bytes);
  /// The next answer; nothing when the connection ends before one is complete.
  std::optional<WireAnswer> read(bool head = false);
  /// True when the server ends the connection without sending more.
  bool at_end();

 private:
  bool more();
  int socket_ = -1;
  std::string buffer_;
};

using WireHeaders = std::vector<std::pair<std::string, std::string>>;
/// Whether the address takes connections.
bool takes_connections(const std::string& address);
std::string request_text(std::string_view method, std::string_view target, const WireHeaders& headers = {},
                         std::string_view body = {});
/// One request on a connection of its own.
WireAnswer fetch(const std::string& address, std::string_view method, std::string_view target,
                 const WireHeaders& headers = {}, std::string_view body = {});

}  // namespace countersign::test
