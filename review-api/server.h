// SPDX-License-Identifier: Apache-2.0
// An HTTP/1.1 server: reads requests within limits and hands them to one handler. Used for the API and, as a
// second instance, for /metrics.
//
// Threads: the handler is called on one of the server's threads and must not block beyond a bounded read; it
// may answer later, from any thread. Requests of one connection are handled one after another (pipelining
// keeps its order). stop() ends accepting, lets running requests end within `stop_timeout`, and joins; it
// must be called before whatever the handler uses is destroyed. Answers given after stop() are dropped.
//
// Refused here, before the handler sees them: what is not HTTP (400), slow clients (408), bodies over the
// limit (413, by the announced length, unread), long targets (414), large headers (431), too many connections
// and too many body bytes in flight (503).
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "core/limits.h"
#include "core/random.h"
#include "core/result.h"
#include "review-api/http_message.h"

namespace countersign {

struct HttpServerOptions {
  std::string listen = "127.0.0.1:8080";  // ADDR:PORT, IPv6 in brackets; port 0: any free one
  unsigned threads = 2;
  std::size_t header_bytes_max = 16 * kKiB;
  std::size_t target_bytes_max = 8 * kKiB;
  std::size_t body_bytes_max = 1 * kMiB;
  std::size_t body_bytes_in_flight_max = 64 * kMiB;  // of all connections together
  std::size_t connections_max = 1'024;
  std::chrono::milliseconds header_timeout{10'000};  // from the first byte to the end of the header
  std::chrono::milliseconds body_timeout{30'000};    // for the whole body
  std::chrono::milliseconds idle_timeout{60'000};    // between requests
  std::chrono::milliseconds write_timeout{30'000};   // for a whole answer
  std::chrono::milliseconds stop_timeout{5'000};
  std::function<void(unsigned status)> on_refusal =
      {};  // answered without the handler; may be empty; any thread
};

/// The most bytes that requests take, as text and as what was read from it; answers are not counted.
std::uint64_t request_memory_max(const HttpServerOptions& options);

using HttpHandler = std::function<void(HttpRequest, Respond)>;

class HttpServer {
 public:
  class Impl;  // named by its connections, in server.cc

  /// Binds, listens and serves. Errors: InvalidArgument (the address cannot be read), Denied (no right to
  /// bind), Unavailable (port in use, address not of this machine).
  static Result<std::unique_ptr<HttpServer>> start(const HttpServerOptions& options, RandomSource& random,
                                                   HttpHandler handler);
  ~HttpServer();

  /// What was bound, `127.0.0.1:41234`.
  const std::string& address() const;
  bool loopback() const;  // only reachable from this machine
  /// Calls `work` on a thread of the server after `delay`; never after stop().
  void after(std::chrono::milliseconds delay, std::function<void()> work);
  std::size_t connections() const;
  void stop();  // idempotent

 private:
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace countersign
