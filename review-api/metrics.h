// SPDX-License-Identifier: Apache-2.0
// The listener of /metrics, apart from the API: it needs no sign-in and belongs on an address that only the
// collector reaches. What it shows is collected when it is asked for. Names and labels: operations.md 3.4.
//
// add…() may be called while it serves, from any thread. What is added by reference must outlive stop(), and
// must be readable from any thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/result.h"

namespace prometheus {
class Collectable;
}

namespace countersign {

class HttpMetrics;
class Store;

class MetricsServer {
 public:
  /// Serves from now on; process_* metrics are there from the start. Errors: those of HttpServer::start.
  static Result<std::unique_ptr<MetricsServer>> start(const std::string& listen);
  ~MetricsServer();
  const std::string& address() const;

  void add_build(const std::string& version, const std::string& revision);
  /// Alerts and storage. `sources`: names of the configured ones.
  void add_store(const Store& store, const Clock& clock, std::vector<std::string> sources);
  void add_http(const std::shared_ptr<HttpMetrics>& metrics);
  void add(std::shared_ptr<prometheus::Collectable> collectable);
  void stop();  // idempotent

 private:
  class Impl;
  explicit MetricsServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace countersign
