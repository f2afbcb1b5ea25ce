// SPDX-License-Identifier: Apache-2.0
// How people act: the HTTP API over the store (openapi.yaml is its description, docs/api.md its manual).
//
// start() serves until stop(); store, clock and random source must outlive it and be usable from any thread.
// stop() lets running requests end within a bounded time; call it before the store stops. /metrics has a
// listener of its own (metrics.h).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/log.h"
#include "core/random.h"
#include "core/report.h"
#include "core/result.h"
#include "review-api/event_access.h"
#include "review-api/letter_access.h"
#include "review-api/login_throttle.h"
#include "review-api/password.h"
#include "review-api/server.h"
#include "review-api/source_access.h"
#include "rules/cost_rows.h"
#include "store/store.h"

namespace countersign {

class HttpMetrics;

/// One line of an access log; nothing in it is secret or personal (`actor` is an opaque id).
struct AccessRecord {
  std::string method;
  std::string route;  // template; empty: no route
  unsigned status = 0;
  std::string request_id;
  std::string actor;
  std::chrono::nanoseconds duration{};
};

struct ReviewApiOptions {
  HttpServerOptions http;
  /// How browsers reach this server, `https://review.example`. Empty: by the address they asked for, without
  /// TLS. With https, cookies are Secure. Without, on an address that is not loopback, browsers refuse the
  /// cookie.
  std::string public_origin;
  /// Addresses and networks whose X-Forwarded-For is believed. Without them everybody behind a proxy has the
  /// proxy's address, and shares its limit of attempts to sign in.
  std::vector<std::string> trusted_proxies;
  std::chrono::seconds session{12 * 60 * 60};  // absolute, whatever happens in it
  ThrottleOptions throttle;
  PasswordCost password_cost = PasswordCost::Standard;
  unsigned password_threads = 2;                        // logins judged at once
  unsigned write_threads = 4;                           // for writes about people
  std::chrono::milliseconds proof_wait{10'000};         // of ?wait=proof
  LogSink log;                                          // may be empty
  std::function<void(const AccessRecord&)> access_log;  // may be empty; any thread
};

/// What became of loading rules and packs anew.
struct RuleReload {
  enum class Outcome : std::uint8_t {
    Loaded,     // others are in force
    Unchanged,  // they are what is in force
    Refused,    // what was in force stays, for `reasons`
  };
  Outcome outcome = Outcome::Unchanged;
  std::vector<std::string> reasons;
  // In force now:
  Hash256 ruleset;
  Hash256 packs;
  std::size_t rules = 0;
  std::size_t refused = 0;  // that have errors
};

std::string_view to_string(RuleReload::Outcome outcome);  // loaded, unchanged, refused

/// What the rules in force cost since they were loaded, the dearest first.
struct RuleCostReport {
  struct Row {
    RuleId id;
    std::string title;
    RuleCostRow figures;
    bool quarantined = false;
  };
  Hash256 ruleset;
  Timestamp since{};
  std::chrono::nanoseconds time{};  // of all rules, taken on samples
  std::vector<Row> rules;
};

/// What the API needs of the rules in force. Any thread.
struct RuleAccess {
  std::function<std::shared_ptr<const RuleSetManifest>()> loaded;  // may be empty, and return null
  std::function<RuleReload()> reload;                              // may be empty; takes seconds
  std::function<RuleCostReport(std::size_t top)> costs;            // may be empty
};

/// The most bytes that requests and passwords being judged take.
std::uint64_t review_api_memory_max(const ReviewApiOptions& options);

class ReviewApi {
 public:
  /// Errors: those of HttpServer::start, InvalidArgument (public_origin, trusted_proxies).
  static Result<std::unique_ptr<ReviewApi>> start(const ReviewApiOptions& options, Store& store,
                                                  const Clock& clock, RandomSource& random, RuleAccess rules,
                                                  LetterAccess letters, EventAccess events = {},
                                                  SourceAccess sources = {});
  ~ReviewApi();
  const std::string& address() const;
  /// What MetricsServer shows of this API; lives as long as somebody holds it.
  std::shared_ptr<HttpMetrics> metrics() const;
  void stop();  // idempotent

 private:
  class Impl;
  explicit ReviewApi(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace countersign
