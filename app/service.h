// SPDX-License-Identifier: Apache-2.0
// The role `serve`: everything in one process. Starts its parts in one order and stops them in reverse
// (docs/architecture.md, "Start and stop"). One thread calls start(), run_until_stopped() and stop().
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/config.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/random.h"
#include "ingest/source.h"

namespace countersign {

class Store;

struct ServiceOptions {
  Config config;
  LogSink log;
  /// Sources besides those of the configuration (the demo feed).
  std::function<std::vector<std::unique_ptr<Source>>()> extra_sources;
  /// Called once the store is open, before anything reads or listens (the demo's users).
  std::function<Result<void>(Store& store)> prepare;
  /// SIGHUP loads rules and packs anew, as daemons do; otherwise it stops, as a closed terminal does.
  bool reload_on_hangup = false;
};

class Service {
 public:
  /// The clock and the random source must outlive the service.
  Service(ServiceOptions options, const Clock& clock, RandomSource& random);
  ~Service();

  /// Errors: whatever a part cannot do, with its name. What had started is stopped again.
  Result<void> start();

  /// Waits for a signal that stops, which must be blocked in all threads (block_signals); returns which came.
  int run_until_stopped();

  /// Stops the parts in reverse order; ends within 10 s. Idempotent.
  void stop();

  std::string api_address() const;
  std::string metrics_address() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Blocks SIGTERM, SIGINT and SIGHUP in the calling thread and all that it starts later; call it first.
void block_signals();

}  // namespace countersign
