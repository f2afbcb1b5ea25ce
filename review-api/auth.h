// SPDX-License-Identifier: Apache-2.0
// Who is calling: from the cookie of a browser, the bearer session of the CLI, or an API token. Costs one or
// two point reads of the store, after the shape of the secret was checked. Any thread.
#pragma once

#include <optional>
#include <string>

#include "core/clock.h"
#include "review-api/permission.h"
#include "review-api/problem.h"
#include "store/store.h"

namespace countersign {

struct Caller {
  enum class Kind : std::uint8_t { Anonymous, Person, Token };
  Kind kind = Kind::Anonymous;
  Person person;     // Person
  Session session;   // Person
  std::string csrf;  // Person by cookie: what X-Countersign-CSRF must be
  ApiToken token;    // Token

  bool by_cookie() const { return !csrf.empty(); }
};

/// The role (of a person) that permits; empty for tokens and the public. Forbidden when nothing permits.
tl::expected<std::optional<Role>, Problem> authorise(const Caller& caller, Permission permission);

class Authenticator {
 public:
  Authenticator(const Store& store, const Clock& clock, std::string public_origin, bool loopback);

  /// Anonymous when the request carries no credential; Unauthenticated when it carries one that is not valid,
  /// without saying why.
  tl::expected<Caller, Problem> identify(const HttpRequest& request) const;

  /// Refuses what a page of another site could have sent: a foreign Origin or Sec-Fetch-Site on any unsafe
  /// method, and a cookie without its CSRF token.
  std::optional<Problem> judge_cross_site(const HttpRequest& request, const Caller& caller) const;

  std::string set_cookie(const std::string& secret, std::chrono::seconds lifetime) const;
  std::string clear_cookie() const;

 private:
  tl::expected<Caller, Problem> by_session(const std::string& secret, bool cookie) const;
  tl::expected<Caller, Problem> by_token(const std::string& secret) const;
  bool same_origin(const HttpRequest& request) const;

  const Store& store_;
  const Clock& clock_;
  const std::string public_origin_;
  const bool secure_;
  const std::string cookie_name_;
};

}  // namespace countersign
