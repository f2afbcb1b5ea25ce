// SPDX-License-Identifier: Apache-2.0
// What a route's handler gets: the request taken apart, who calls, and the services it may use. A Call
// belongs to one request; Services live as long as the API. Handlers run on any thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/clock.h"
#include "core/random.h"
#include "review-api/auth.h"
#include "review-api/completions.h"
#include "review-api/cursor.h"
#include "review-api/http_message.h"
#include "review-api/login_throttle.h"
#include "review-api/problem.h"
#include "review-api/review_api.h"
#include "review-api/target.h"
#include "review-api/worker_pool.h"
#include "store/store.h"

namespace countersign {

struct Route;

using Reply = tl::expected<HttpResponse, Problem>;
using Finish = std::function<void(Reply)>;

[[nodiscard]] inline tl::unexpected<Problem> refusal(Problem problem) {
  return tl::unexpected<Problem>(std::move(problem));
}
[[nodiscard]] inline tl::unexpected<Problem> refusal(const Error& error) {
  return tl::unexpected<Problem>(to_problem(error));
}

struct Call {
  HttpRequest request;
  Target target;
  std::map<std::string, std::string, std::less<>> path;  // values of the template's parameters
  const Route* route = nullptr;
  Caller caller;
  std::optional<Role> role;  // that permits this call
  Timestamp received{};

  const std::string& parameter(std::string_view name) const { return path.find(name)->second; }
  /// Who acts, for the store and the evidence log.
  ActorContext context() const;
  Actor actor() const { return context().actor; }
};

struct Services {
  Store& store;
  const Clock& clock;
  RandomSource& random;
  const ReviewApiOptions& options;
  const RuleAccess& rules;
  const LetterAccess& letters;
  const EventAccess& events;
  const SourceAccess& sources;
  Cursors& cursors;
  Authenticator& authenticator;
  LoginThrottle& throttle;
  WorkerPool& passwords;
  WorkerPool& writes;
  Completions& completions;
  HttpServer& server;
  const std::string& nobody_hash;  // a password hash that nobody's password has
};

/// A failure that the client cannot mend: to the operator's log, under the request's id.
void log_failure(const Services& services, const Call& call, const Error& error);
/// Runs `work`, which calls `finish` itself; when a library throws instead, finishes with Internal.
void guard(const Services& services, const std::shared_ptr<const Call>& call, const Finish& finish,
           const std::function<void()>& work);
/// Runs `answer` on the pool for work that may wait, and finishes with what it returns; Unavailable when the
/// pool is full.
void run_in(WorkerPool& pool, const Services& services, std::shared_ptr<const Call> call, Finish finish,
            std::function<Reply()> answer);
/// The same as refusal(), and logs what the client is not told.
[[nodiscard]] tl::unexpected<Problem> refusal(const Services& services, const Call& call, const Error& error);

}  // namespace countersign
