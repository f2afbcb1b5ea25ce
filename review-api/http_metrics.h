// SPDX-License-Identifier: Apache-2.0
// Counts of the HTTP server (operations.md 3.4, rows 32 to 34). Labels are the method, the template of the
// route and the status: bounded, whatever clients send. Any thread.
#pragma once

#include <chrono>
#include <memory>
#include <string>

namespace prometheus {
class Collectable;
}

namespace countersign {

class HttpMetrics {
 public:
  HttpMetrics();
  ~HttpMetrics();
  HttpMetrics(const HttpMetrics&) = delete;
  HttpMetrics& operator=(const HttpMetrics&) = delete;

  void started();
  /// `route`: the template; empty when none matched.
  void finished(const std::string& method, const std::string& route, unsigned status,
                std::chrono::nanoseconds duration);
  /// A request that was answered before its route was known.
  void refused(unsigned status);
  std::shared_ptr<prometheus::Collectable> collectable() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace countersign
