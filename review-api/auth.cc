// SPDX-License-Identifier: Apache-2.0
#include "review-api/auth.h"

#include "review-api/secrets.h"

namespace countersign {
namespace {

Problem unauthenticated() {
  return {.kind = ProblemKind::Unauthenticated,
          .detail = "The request carries no valid session or token: sign in with POST /api/v1/session."};
}

bool is_safe(std::string_view method) { return method == "GET" || method == "HEAD"; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// The values of all cookies of that name; two are one too many.
std::vector<std::string> cookies(std::string_view header, std::string_view name) {
  std::vector<std::string> found;
  while (!header.empty()) {
    const std::size_t end = header.find(';');
    const std::string_view pair = trim(header.substr(0, end));
    header.remove_prefix(end == std::string_view::npos ? header.size() : end + 1);
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name)
      found.emplace_back(pair.substr(equals + 1));
  }
  return found;
}

}  // namespace

tl::expected<std::optional<Role>, Problem> authorise(const Caller& caller, Permission permission) {
  if (permission == Permission::Public) return std::nullopt;
  const auto forbidden = [&](std::string detail) {
    return tl::unexpected<Problem>(Problem{.kind = ProblemKind::Forbidden, .detail = std::move(detail)});
  };
  switch (caller.kind) {
    case Caller::Kind::Anonymous: return tl::unexpected<Problem>(unauthenticated());
    case Caller::Kind::Token:
      if (scopes_permit(caller.token.scopes, permission)) return std::nullopt;
      return forbidden("Tokens read, note and send events within their scopes; this needs `" +
                       std::string(to_string(permission)) + "`.");
    case Caller::Kind::Person: {
      const auto role = permitting_role(caller.person.roles, permission);
      if (role) return role;
      return forbidden("None of your roles has the permission `" + std::string(to_string(permission)) + "`.");
    }
  }
  return tl::unexpected<Problem>(unauthenticated());
}

Authenticator::Authenticator(const Store& store, const Clock& clock, std::string public_origin, bool loopback)
    : store_(store),
      clock_(clock),
      public_origin_(std::move(public_origin)),
      // A browser keeps a Secure cookie only over TLS. Plain HTTP is meant for the same machine; elsewhere
      // the cookie stays Secure, and signing in with a browser fails rather than send it in the clear.
      secure_(public_origin_.empty() ? !loopback : public_origin_.starts_with("https://")),
      cookie_name_(secure_ ? "__Host-countersign" : "countersign") {}

tl::expected<Caller, Problem> Authenticator::identify(const HttpRequest& request) const {
  const auto refused = tl::unexpected<Problem>(unauthenticated());
  if (request.has_header("authorization")) {
    static constexpr std::string_view bearer = "Bearer ";
    const std::string_view header = request.header("authorization");
    if (!header.starts_with(bearer)) return refused;
    const std::string secret(header.substr(bearer.size()));
    if (looks_like_session(secret)) return by_session(secret, false);
    if (looks_like_token(secret)) return by_token(secret);
    return refused;
  }
  const auto found = cookies(request.header("cookie"), cookie_name_);
  if (found.empty()) return Caller{};
  if (found.size() > 1 || !looks_like_session(found.front())) return refused;
  return by_session(found.front(), true);
}

tl::expected<Caller, Problem> Authenticator::by_session(const std::string& secret, bool cookie) const {
  const auto refused = tl::unexpected<Problem>(unauthenticated());
  const auto session = store_.session(to_hex(sha256(secret)));
  // A cookie's session never works as a bearer secret, nor the reverse: what leaks from one place is of no
  // use in the other.
  if (!session || session->expires <= clock_.now() || (session->channel == "console") != cookie)
    return refused;
  const auto person = store_.person(session->person);
  if (!person || person->disabled) return refused;
  Caller caller;
  caller.kind = Caller::Kind::Person;
  caller.person = *person;
  caller.session = *session;
  if (cookie) caller.csrf = csrf_token(secret);
  return caller;
}

tl::expected<Caller, Problem> Authenticator::by_token(const std::string& secret) const {
  const auto token = store_.token_by_hash(to_hex(sha256(secret)));
  if (!token || token->revoked || token->expires <= clock_.now())
    return tl::unexpected<Problem>(unauthenticated());
  Caller caller;
  caller.kind = Caller::Kind::Token;
  caller.token = *token;
  return caller;
}

bool Authenticator::same_origin(const HttpRequest& request) const {
  const std::string_view origin = request.header("origin");
  if (!public_origin_.empty()) return origin == public_origin_;
  const std::string host(request.header("host"));
  return origin == "http://" + host || origin == "https://" + host;
}

std::optional<Problem> Authenticator::judge_cross_site(const HttpRequest& request,
                                                       const Caller& caller) const {
  if (is_safe(request.method)) return std::nullopt;
  const auto refused = [](std::string detail) {
    return Problem{.kind = ProblemKind::CrossSite, .detail = std::move(detail)};
  };
  if (request.has_header("sec-fetch-site")) {
    const std::string_view site = request.header("sec-fetch-site");
    if (site != "same-origin" && site != "none")
      return refused("Sec-Fetch-Site says that the request comes from another place than this server.");
  }
  if (request.has_header("origin") && !same_origin(request))
    return refused("The Origin header is not the address of this server.");
  if (caller.by_cookie() && !equal_secrets(request.header("x-countersign-csrf"), caller.csrf))
    return refused(
        "A request with a session cookie needs the header X-Countersign-CSRF with the csrf_token of that "
        "session.");
  return std::nullopt;
}

std::string Authenticator::set_cookie(const std::string& secret, std::chrono::seconds lifetime) const {
  return cookie_name_ + '=' + secret + "; Path=/; Max-Age=" + std::to_string(lifetime.count()) +
         "; HttpOnly; SameSite=Strict" + (secure_ ? "; Secure" : "");
}

std::string Authenticator::clear_cookie() const {
  return cookie_name_ + "=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict" + (secure_ ? "; Secure" : "");
}

}  // namespace countersign
